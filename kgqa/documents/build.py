"""One gate that every document passes, whatever file it came from."""

from __future__ import annotations

import re

from kgqa.errors import DocumentError
from kgqa.types import Block, Document, Rejection, TitleOrigin

# White space, and what stands for nothing: soft hyphen, zero-width and direction marks.
_BLANK = re.compile("[\\s\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HEADING_CHARACTERS = 100
_LIMIT_ADVICE = "split it or raise max_document_bytes (KGQA_MAX_DOCUMENT_BYTES)"


def rejection_of(error: DocumentError) -> Rejection:
    """What a report says of a document that was refused."""
    return Rejection(error.source, error.reason, error.detail)


def too_large(source: str, what: str, max_bytes: int) -> DocumentError:
    """The error for `what` (a file, a line, a record) that is over the limit."""
    return DocumentError(
        source, "too large", f"expected {what} of at most {max_bytes} bytes; {_LIMIT_ADVICE}"
    )


def build_document(
    source: str,
    title: str,
    text: str,
    *,
    blocks: tuple[Block, ...] = (),
    format: str = "",
    title_origin: TitleOrigin = "record",
) -> Document:
    """Make a Document of a text that a reader has laid out; its offsets refer to exactly this.

    Args:
        blocks, format, title_origin: see `Document`.

    Raises:
        DocumentError: the text is empty, or holds characters that no store can keep
            (NUL, half of a surrogate pair; JSON escapes can spell both).
    """
    title = " ".join(title.split())
    if _BLANK.fullmatch(text):
        raise DocumentError(source, "empty", "expected text, got none; remove it or fill it")
    if "\x00" in text or "\x00" in title:
        raise DocumentError(source, "binary", "expected text, got a NUL character; remove it")
    half = _SURROGATE.search(text) or _SURROGATE.search(title)
    if half:
        raise DocumentError(
            source,
            "unknown encoding",
            f"expected Unicode text, got half of a surrogate pair (\\u{ord(half[0]):04x}) at "
            f"character {half.start()}; write the character itself or both halves",
        )
    return Document.create(
        source, title, text, blocks=blocks, format=format, title_origin=title_origin
    )


def heading_of(text: str) -> str:
    """The title that plain text gives itself, or "".

    That is a first line of at most 100 characters, not ending in a full stop, with a
    blank line after it and more text below.
    """
    lines = text.lstrip().replace("\r\n", "\n").split("\n", 2)
    if len(lines) < 3 or lines[1].strip() or not lines[2].strip():
        return ""
    heading = lines[0].strip()
    if len(heading) > _HEADING_CHARACTERS or heading.endswith("."):
        return ""
    return heading


def title_of_stem(stem: str) -> str:
    """A file's name, or a SQuAD article's, as a title: `marie_curie` -> "marie curie"."""
    return " ".join(stem.replace("_", " ").split())


class SourceNames:
    """Gives each part of one file its own source, `file#name`; repeats get `#2`, `#3` ..."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._counts: dict[str, int] = {}
        self._given: set[str] = set()

    def source(self, name: str) -> str:
        """`FILE#name`, with `#2`, `#3` ... after it where that is taken."""
        count = self._counts.get(name, 0)
        while True:
            count += 1
            source = f"{self._file}#{name}" + (f"#{count}" if count > 1 else "")
            if source not in self._given:
                break
        self._counts[name] = count
        self._given.add(source)
        return source
