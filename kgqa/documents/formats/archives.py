"""Web archives: WET and WARC files (ISO 28500), plain or gzipped, record by record."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from kgqa.documents.build import SourceNames, rejection_of, too_large
from kgqa.documents.decode import decode
from kgqa.documents.formats.web.webpage import declared_charset, page_document
from kgqa.documents.plain_layout import text_document
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection

if TYPE_CHECKING:
    from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
    from warcio.recordloader import ArcWarcRecord  # type: ignore[import-untyped]

_PAGE_RECORDS = frozenset({"response", "resource", "conversion"})
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TITLE_CHARACTERS = 200
_CHUNK = 1 << 16


def archive_documents(
    stream: BinaryIO, source: str, max_bytes: int
) -> Iterator[Document | Rejection]:
    """One Document per page: `conversion` records, and HTML or plain text responses.

    A document's source is `source#address`. The title is the page's own, for plain text
    its first line (where Common Crawl's WET files put it). Requests, metadata and other
    records that hold no page are passed over; responses that are not text, or whose HTTP
    status is not 2xx, are one Rejection each.

    Raises:
        DocumentError: `malformed archive`, once what stands before the damage is yielded;
            `empty`.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]

    names = SourceNames(source)
    archive = ArchiveIterator(stream)
    # What warcio would write to stderr about a bad length is counted, and raised below.
    archive.INC_RECORD = ""
    seen = 0
    try:
        for record in archive:
            is_page = record.rec_type in _PAGE_RECORDS
            page = _page(record, names, max_bytes) if is_page else None
            _check_length(archive, record)
            seen += 1
            if page is not None:
                yield page
        if archive.offset < stream.tell():
            # warcio takes a record whose headers are cut for the end of the file.
            raise EOFError("a record whose headers end too early")
    except (ArchiveLoadFailed, zlib.error, EOFError, ValueError, AttributeError) as error:
        raise DocumentError(
            source,
            "malformed archive",
            f"expected a WARC or WET file, got {seen} records and then: {error}; fetch it again",
        ) from error
    if seen == 0:
        raise DocumentError(source, "empty", "expected WARC records, got none; fetch it again")


def _check_length(archive: ArchiveIterator, record: ArcWarcRecord) -> None:
    """Read to the record's end. Raises EOFError when that is not where its header says."""
    while record.raw_stream.read(_CHUNK):
        pass
    if getattr(record.raw_stream, "limit", 1) > 0:
        raise EOFError("a record that ends too early")
    archive.read_to_end()
    if archive.err_count:
        raise EOFError("a record that is longer than its header says")


def _page(record: ArcWarcRecord, names: SourceNames, max_bytes: int) -> Document | Rejection:
    address = record.rec_headers.get_header("WARC-Target-URI") or "record"
    place = names.source(address)
    try:
        return _read_page(record, place, address, max_bytes)
    except DocumentError as error:
        return rejection_of(error)


def _read_page(record: ArcWarcRecord, place: str, address: str, max_bytes: int) -> Document:
    headers = record.http_headers or record.rec_headers
    kind, _, parameters = (headers.get_header("Content-Type") or "").partition(";")
    kind = kind.strip().lower()
    status = record.http_headers.get_statuscode() if record.http_headers else "200"
    if not status.startswith("2") or not (kind in _HTML or kind == "text/plain"):
        raise DocumentError(
            place,
            "unsupported file type",
            f"expected HTML or plain text with status 2xx, got {kind or 'no type'}, {status}",
        )
    content = record.content_stream().read(max_bytes + 1)
    if len(content) > max_bytes:
        raise too_large(place, "a record", max_bytes)
    declared = declared_charset(parameters.encode("utf-8", "replace"))
    if kind in _HTML:
        markup = decode(content, place, declared or declared_charset(content))
        return replace(page_document(markup, place, address), title_origin="text")
    text = decode(content, place, declared)
    first = text.lstrip().split("\n", 1)[0].strip()
    title = first if len(first) <= _TITLE_CHARACTERS else ""
    return replace(text_document(text, place, title=title), title_origin="text")
