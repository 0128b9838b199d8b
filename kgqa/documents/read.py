"""Files, folders, patterns and standard input to documents. See `read_documents`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from kgqa.documents.archives import archive_documents
from kgqa.documents.build import build_document, heading_of, rejection_of, too_large
from kgqa.documents.decode import decode
from kgqa.documents.json_documents import json_documents, json_line_documents
from kgqa.documents.markdown import markdown_document
from kgqa.documents.paths import FoundFile, StandardInput, find_files, source_of
from kgqa.documents.plain import plain_document
from kgqa.documents.webpage import declared_charset, html_document
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection, digest_of

MAX_BYTES = 20_000_000

_TEXT = {".txt", ".text"}
_MARKDOWN = {".md", ".markdown"}
_HTML = {".html", ".htm", ".xhtml"}
_JSON = {".json"}
_JSON_LINES = {".jsonl", ".ndjson"}
_ARCHIVE = {".warc", ".wet"}
SUPPORTED = tuple(sorted(_TEXT | _MARKDOWN | _HTML | _JSON | _JSON_LINES | _ARCHIVE))

# What standard input starts with where it is JSON; a first line with `data` opens SQuAD.
_JSON_LINE = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?!.*"data"\s*:\s*\[)', re.S)
_JSON_TEXT = re.compile(r'\s*(?:\[\s*\{|\{\s*")')


def read_documents(
    paths: Sequence[str], *, max_bytes: int = MAX_BYTES, stdin: BinaryIO | None = None
) -> Iterator[Document | Rejection]:
    r"""Read documents in the order named; what cannot be read is a Rejection, never an error.

    Args:
        paths: files, folders (recursive, sorted, hidden files left out), patterns that the
            shell did not expand, `-` for standard input. A file named twice is read once.
        max_bytes: the most bytes of a file, or of one line (JSON lines) or record (WARC).
        stdin: read for `-`; the process's standard input by default.

    Yields:
        Documents whose `source` is the file's absolute resolved path, followed by `#title`
        or `:line` where one file holds many. `\r\n` becomes `\n`, and nothing else of a
        text changes (no Unicode normalisation); Markdown and HTML become plain text first.
        Offsets refer to `Document.text`. A JSON line or standard input without a title has
        the title "". Standard input's source is `-#digest`, so that two streams are two
        documents.

        Rejection reasons: "empty", "binary", "unreadable", "too large", "unknown encoding",
        "malformed JSON", "missing field", "answer not in context", "no such file",
        "unsupported file type", "malformed archive".
    """
    for found in find_files(paths):
        if isinstance(found, Rejection):
            yield found
            continue
        try:
            if isinstance(found, StandardInput):
                yield from _read_stdin(stdin or _standard_input(), max_bytes)
            else:
                yield from _read_file(found, max_bytes)
        except DocumentError as error:
            yield rejection_of(error)
        except OSError as error:
            source = found.source if isinstance(found, FoundFile) else "-"
            yield Rejection(source, "unreadable", f"{error.strerror}; check its permissions")


def _read_file(found: FoundFile, max_bytes: int) -> Iterator[Document | Rejection]:
    suffix = found.suffixes[-1] if found.suffixes else ""
    if suffix in _JSON_LINES:
        with found.path.open("rb") as stream:
            yield from json_line_documents(stream, found.source, max_bytes)
    elif suffix in _ARCHIVE or (suffix == ".gz" and found.suffixes[0] in _ARCHIVE):
        with found.path.open("rb") as stream:
            yield from archive_documents(stream, found.source, max_bytes)
    elif suffix not in SUPPORTED:
        raise DocumentError(
            found.source,
            "unsupported file type",
            f"expected {' '.join(SUPPORTED)}, got {suffix or 'no suffix'!r}; "
            "rename it or pass its text on standard input with -",
        )
    else:
        yield from _read_whole(found, suffix, max_bytes)


def _read_whole(found: FoundFile, suffix: str, max_bytes: int) -> Iterator[Document | Rejection]:
    if found.size > max_bytes:
        raise too_large(found.source, "a file", max_bytes)
    with found.path.open("rb") as stream:
        content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise too_large(found.source, "a file", max_bytes)
    source, stem = found.source, source_of(found.path.stem)
    declared = declared_charset(content) if suffix in _HTML else None
    text = decode(content, source, declared)
    if suffix in _JSON:
        yield from json_documents(text, source)
    elif suffix in _MARKDOWN:
        yield markdown_document(text, source, stem)
    elif suffix in _HTML:
        yield html_document(text, source, stem)
    else:
        yield plain_document(text, source, stem)


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
    document = build_document("-", heading_of(text), text)
    source = f"-#{digest_of(document.text)[:12]}"
    yield Document.create(source, document.title, document.text)
