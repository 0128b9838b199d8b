"""Files, folders, patterns and standard input to documents. See `read_documents`."""

from __future__ import annotations

import functools
import gzip
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from kgqa.documents.build import rejection_of, too_large
from kgqa.documents.decode import decode
from kgqa.documents.formats import FORMATS, Format, Read
from kgqa.documents.formats.archives import archive_documents
from kgqa.documents.formats.json_documents import json_documents, json_line_documents
from kgqa.documents.isolated import isolated
from kgqa.documents.language import with_language
from kgqa.documents.paths import FoundFile, StandardInput, find_files, source_of
from kgqa.documents.plain_layout import text_document
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection, digest_of, document_id

MAX_BYTES = 20_000_000

_JSON_LINES = (".jsonl", ".ndjson")
_ARCHIVE = (".warc", ".wet")
_GZIP = ".gz"
_FORMATS = {suffix: format for format in FORMATS for suffix in format.suffixes}
SUPPORTED = tuple(sorted({*_FORMATS, *_JSON_LINES, *_ARCHIVE, _GZIP}))

# What standard input starts with where it is JSON; a first line with `data` opens SQuAD.
_JSON_LINE = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?!.*"data"\s*:\s*\[)', re.S)
_JSON_TEXT = re.compile(r'\s*(?:\[\s*\{|\{\s*")')


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read.

    Attributes:
        max_bytes: the most bytes of a file, or of one line (JSON lines) or record (WARC).
        xml_element: the element of XML files whose text is a document.
        language: ISO 639-1 of all documents; None detects each document's own.
    """

    max_bytes: int = MAX_BYTES
    xml_element: str | None = None
    language: str | None = None


def read_documents(
    paths: Sequence[str], options: ReadOptions = ReadOptions(), *, stdin: BinaryIO | None = None
) -> Iterator[Document | Rejection]:
    """Read documents in the order named; what cannot be read is a Rejection, never an error.

    Args:
        paths: files, folders (recursive, sorted, hidden files left out), patterns that the
            shell did not expand, `-` for standard input. A file named twice is read once.
        stdin: read for `-`; the process's standard input by default.

    Yields:
        Documents whose `source` is the file's absolute resolved path, followed by `#part`
        or `:line` where one file holds many. Formats with markup become plain text first, and
        lines that were only wrapped are joined (`kgqa.documents.plain_layout`); no Unicode
        normalisation. Offsets refer to `Document.text`. A JSON line or standard input without a
        title has the title "". Standard input's source is `-#digest`, so that two streams are
        two documents.

        Rejection reasons: "empty", "binary", "unreadable", "too large", "unknown encoding",
        "malformed JSON", "malformed file", "missing field", "answer not in context",
        "no such file", "unsupported file type", "reader not installed", "malformed archive",
        "locked", "no text".
    """
    for found in _read_all(paths, options, stdin):
        if isinstance(found, Rejection):
            yield found
        else:
            yield with_language(found, options.language)


def _read_all(
    paths: Sequence[str], options: ReadOptions, stdin: BinaryIO | None
) -> Iterator[Document | Rejection]:
    for found in find_files(paths):
        if isinstance(found, Rejection):
            yield found
            continue
        try:
            if isinstance(found, StandardInput):
                yield from _read_stdin(stdin or _standard_input(), options.max_bytes)
            else:
                yield from _read_file(found, options)
        except DocumentError as error:
            yield rejection_of(error)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            detail = f"expected a whole gzip file, got: {error}; fetch it again"
            yield Rejection(_source(found), "malformed file", detail)
        except OSError as error:
            source = _source(found)
            yield Rejection(source, "unreadable", f"{error.strerror}; check its permissions")


def _source(found: FoundFile | StandardInput) -> str:
    return found.source if isinstance(found, FoundFile) else "-"


def _read_file(found: FoundFile, options: ReadOptions) -> Iterator[Document | Rejection]:
    zipped = found.suffixes[-1:] == (_GZIP,)
    suffix = found.suffixes[-1 - zipped] if len(found.suffixes) > zipped else ""
    if suffix in _ARCHIVE:  # gzipped record by record
        with found.path.open("rb") as stream:
            yield from archive_documents(stream, found.source, options.max_bytes)
    elif suffix in _JSON_LINES:
        with _opened(found, zipped) as stream:
            yield from json_line_documents(stream, found.source, options.max_bytes)
    elif suffix not in _FORMATS:
        raise DocumentError(
            found.source,
            "unsupported file type",
            f"expected {' '.join(SUPPORTED)}, got {suffix or 'no suffix'!r}; export it as one of "
            "these, or pass its text on standard input with -",
        )
    else:
        yield from _read_whole(found, _FORMATS[suffix], zipped, options)


def _read_whole(
    found: FoundFile, format: Format, zipped: bool, options: ReadOptions
) -> Iterator[Document | Rejection]:
    read = format.reader(found.source)
    if format.name == "xml":
        read = cast(Read, functools.partial(read, element=options.xml_element))  # type: ignore[call-arg]
    if found.size > options.max_bytes:
        raise too_large(found.source, "a file", options.max_bytes)
    with _opened(found, zipped) as stream:
        content = _bounded(stream, found.source, options.max_bytes)
    stem = source_of(found.path.name.split(".")[0] if zipped else found.path.stem)
    yield from (isolated(read) if format.isolated else read)(content, found.source, stem)


def _opened(found: FoundFile, zipped: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(found.path, "rb")) if zipped else found.path.open("rb")


def _bounded(stream: BinaryIO, source: str, max_bytes: int) -> bytes:
    content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise too_large(source, "a file", max_bytes)
    return content


def _standard_input() -> BinaryIO:
    # Python has None for a stream that was closed before it started (`<&-`).
    if sys.stdin is None:
        raise DocumentError("-", "unreadable", "standard input is closed; pipe text into it")
    return sys.stdin.buffer


def _read_stdin(stream: BinaryIO, max_bytes: int) -> Iterator[Document | Rejection]:
    """Plain text; JSON lines or a JSON file where it looks like one."""
    first = stream.readline(max_bytes + 1)
    # A bare brace is a file laid out over many lines, not JSON lines.
    if _JSON_LINE.match(first):
        yield from json_line_documents(stream, "-", max_bytes, first)
        return
    content = first + stream.read(max_bytes + 1 - len(first))
    if len(content) > max_bytes:
        raise too_large("-", "standard input", max_bytes)
    text = decode(content, "-")
    if _JSON_TEXT.match(text):
        yield from json_documents(text, "-")
        return
    document = text_document(text, "-", stem="")
    source = f"-#{digest_of(document.text)[:12]}"
    yield replace(document, source=source, id=document_id(source))
