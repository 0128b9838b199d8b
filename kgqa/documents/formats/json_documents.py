"""JSON files: SQuAD, a list of {title, text}, or one such object; and JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

from kgqa.documents.build import SourceNames, rejection_of, title_of_stem, too_large
from kgqa.documents.decode import decode, has_wide_mark
from kgqa.documents.formats.squad import SquadArticle, squad_articles
from kgqa.documents.json_fields import field, parse_json
from kgqa.documents.plain_layout import text_document
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection, digest_of, document_id

_CHUNK = 1 << 16
# What each kind of record of `kgqa export` has beside its `kind`.
_EXPORTED = {
    "document": {"id", "source", "digest"},
    "passage": {"id", "document_id", "text"},
    "entity": {"id", "type", "aliases"},
    "triple": {"head", "relation", "tail"},
    "evidence": {"head", "relation", "tail", "passage_id"},
}


def read(content: bytes, source: str, stem: str) -> Iterator[Document | Rejection]:
    """See `json_documents`."""
    yield from json_documents(decode(content, source), source)


def json_documents(text: str, source: str) -> Iterator[Document | Rejection]:
    """The documents of one JSON file.

    SQuAD: one Document per article, its paragraphs joined by blank lines; a list of
    {title, text}: one per element. Sources are `source#title`, with `#2` ... on repeats.

    Raises:
        DocumentError: the file is not JSON, has none of these forms, or is a graph's export.
    """
    content = parse_json(text.removeprefix("\ufeff"), source)
    names = SourceNames(source)
    if isinstance(content, Mapping) and "data" in content:
        for article in squad_articles(content, source):
            if isinstance(article, Rejection):
                yield article
            else:
                yield from _article_documents(article, names)
    elif isinstance(content, list):
        if not content:
            raise DocumentError(source, "empty", "expected documents, got an empty list")
        for n, record in enumerate(content):
            _refuse_export(record, source)
            yield _titled(record, names, f"{source}#[{n}]")
    else:
        _refuse_export(content, source)
        yield _titled(content, names, source)


def _refuse_export(record: object, source: str) -> None:
    """Raise DocumentError for a record of a graph's export: its passages are no documents."""
    kind = record.get("kind") if isinstance(record, Mapping) else None
    keys = _EXPORTED.get(kind) if isinstance(kind, str) else None
    if isinstance(record, Mapping) and keys is not None and keys <= record.keys():
        raise DocumentError(
            source,
            "unsupported file type",
            f"expected documents, got an export of kgqa (a record of kind {kind!r}); "
            "kgqa copy --from URL --to URL takes a graph from one store to another, and "
            "kgqa ingest takes the files that the export's documents name as their source",
        )


def _article_documents(article: SquadArticle, names: SourceNames) -> Iterator[Document | Rejection]:
    yield from article.rejections
    source = names.source(article.title)
    try:
        title = title_of_stem(article.title)
        yield text_document("\n\n".join(article.contexts), source, title=title, format="json")
    except DocumentError as error:
        yield rejection_of(error)


def _titled(record: object, names: SourceNames, place: str) -> Document | Rejection:
    """One {title?, text} object; without a title its source is its place."""
    try:
        text = field(record, "text", str, place)
        titled = isinstance(record, Mapping) and record.get("title") is not None
        title = field(record, "title", str, place) if titled else ""
        # Built under its place first, so that an error says where in the file it stands.
        document = text_document(text, place, title=title, format="json")
        return _under(names.source(document.title), document) if document.title else document
    except DocumentError as error:
        return rejection_of(error)


def json_line_documents(
    stream: BinaryIO, source: str, max_bytes: int, first: bytes = b""
) -> Iterator[Document | Rejection]:
    """One {title?, text} object a line, streamed; each bad line is one Rejection.

    Args:
        stream: read line by line; a line of more than `max_bytes` bytes is rejected
            without being held.
        source: file or `-`. A document's source is `source#title`, `source:line` without
            a title (on standard input `-#digest`, since lines of different streams differ).
        first: the first line, where it was already read.

    Raises:
        DocumentError: the file is UTF-16 or UTF-32 and too large or not what its mark says, or
            is a graph's export.
    """
    names = SourceNames(source)
    filled = 0
    for number, line in enumerate(_lines(stream, source, max_bytes, first), start=1):
        place = f"{source}:{number}"
        if line is None:
            filled += 1
            yield rejection_of(too_large(place, "a line", max_bytes))
        elif line.strip():
            filled += 1
            yield _line_document(line, names, place, source)
    if filled == 0:
        yield Rejection(source, "empty", "expected JSON lines, got none; remove it or fill it")


def _line_document(
    line: bytes, names: SourceNames, place: str, source: str
) -> Document | Rejection:
    try:
        record = parse_json(decode(line, place), place)
    except DocumentError as error:
        return rejection_of(error)
    _refuse_export(record, source)
    made = _titled(record, names, place)
    if source == "-" and isinstance(made, Document) and not made.title:
        return _under(f"-#{digest_of(made.text)[:12]}", made)
    return made


def _under(source: str, document: Document) -> Document:
    return replace(document, source=source, id=document_id(source))


def _lines(stream: BinaryIO, source: str, max_bytes: int, first: bytes) -> Iterator[bytes | None]:
    """The lines, None for one that is longer than `max_bytes`."""
    first = first or stream.readline(max_bytes + 1)
    if has_wide_mark(first):
        # UTF-16 and UTF-32 have no byte that ends a line: such a file is read whole.
        content = first + stream.read(max_bytes + 1 - len(first))
        if len(content) > max_bytes:
            raise too_large(source, "a UTF-16 or UTF-32 file", max_bytes)
        yield from decode(content, source).encode("utf-8", "surrogatepass").split(b"\n")
        return
    line = first
    while line:
        if len(line) > max_bytes:
            while line and not line.endswith(b"\n"):
                line = stream.readline(_CHUNK)
            yield None
        else:
            yield line
        line = stream.readline(max_bytes + 1)
