"""Parts of a document, in reading order, to one text with blocks at exact offsets.

A format's reader says what each piece is (`Part`); here the pieces become one text, the
headings above each become its section, and a table's row becomes a statement under the
table's head: "Name: Rita Sand; Employer: Orbit Bank".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kgqa.documents.build import build_document, title_of_stem
from kgqa.types import Block, BlockKind, Cell, Document, TitleOrigin

_PATH = " > "
_HEADING_LEVELS = 6
_LABEL_CHARACTERS = 40
_NUMBER = re.compile(r"[\W\d_]+\Z")
# A row's cells stand apart where they have no label, and its statements where they have.
_BESIDE, _STATEMENTS = " | ", "; "


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a document before it has a place in the text.

    Attributes:
        text: one paragraph, list item, heading ...; a line end in it is one that is meant (code,
            verse, an address). Not read where there are cells.
        level: of a heading, 1 to 6.
        page: from 1, of a paged format.
        row: of a table, from 1, its head counted.
        cells: (label, value) of a table's row or of front matter; a label may be "".
        before: what stands between this piece and the last in a text that keeps its characters;
            None sets it apart by a blank line, a row from a row by a line end.
    """

    kind: BlockKind
    text: str = ""
    level: int = 0
    page: int | None = None
    row: int | None = None
    cells: tuple[tuple[str, str], ...] = ()
    before: str | None = None


def lay_out(
    source: str,
    parts: Iterable[Part],
    *,
    stem: str,
    title: str = "",
    format: str,
    record: bool = False,
) -> Document:
    """One Document of the parts, which blank lines set apart (rows of a table line ends).

    Args:
        stem: the file's name without its suffix; the title where the document has none.
        title: its own, where the format has one (metadata that a person wrote); else its first
            heading of the highest level that it has is the title.
        format: its name in `kgqa.documents.formats.FORMATS`.
        record: the title is a record's field, and stays as it is, also where it is empty.

    Raises:
        DocumentError: as `build_document`.
    """
    pieces, blocks = _Text(), []
    sections = _Sections()
    former: Part | None = None
    for part in parts:
        body, cells = _body(part)
        if not body.strip():
            continue
        rows = former is not None and former.kind == part.kind == "table_row"
        start = pieces.add(body, part.before, "\n" if rows else "\n\n")
        if part.kind == "heading":
            sections.enter(body, part.level)
        blocks.append(
            Block(
                part.kind,
                start,
                start + len(body),
                sections.above(part.kind),
                part.page,
                part.row,
                tuple(Cell(label, start + a, start + b) for label, a, b in cells),
            )
        )
        former = part
    own = " ".join(title.split()) or ("" if record else sections.title())
    origin: TitleOrigin = "record" if record else "text" if own else "file"
    if own:
        blocks = [replace(block, section=_below(own, block.section)) for block in blocks]
    return build_document(
        source,
        own if own or record else title_of_stem(stem),
        pieces.text(),
        blocks=tuple(blocks),
        format=format,
        title_origin=origin,
    )


def table_parts(
    rows: Iterable[Sequence[str]], *, headed: bool | None = None, page: int | None = None
) -> Iterator[Part]:
    """The rows of one table as parts; each under the table's head, which is no part itself.

    Args:
        rows: each row's cells as text, the head first where there is one. Rows without any text
            are passed over, and counted.
        headed: whether the first row is a head; None decides by its cells: all are filled, short
            and different, and none is a number.
    """
    labels: list[str] | None = None
    for number, row in enumerate(rows, start=1):
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        if labels is None:
            is_head = looks_like_head(cells) if headed is None else headed
            labels = cells if is_head else []
            if is_head:
                continue
        under = [*labels, *[""] * (len(cells) - len(labels))]
        pairs = tuple((label, cell) for label, cell in zip(under, cells, strict=False) if cell)
        yield Part("table_row", page=page, row=number, cells=pairs)
    # A table of nothing but its head still says something.
    if labels and number == 1:
        yield Part("table_row", page=page, row=1, cells=tuple(("", label) for label in labels))


def looks_like_head(cells: Sequence[str]) -> bool:
    """Whether a table's first row names its columns: filled, short and different cells (the first
    and the last ones may be empty), none of them a number."""
    filled = list(cells)
    while filled and not filled[-1]:
        filled.pop()
    named = filled[1:] if filled and not filled[0] else filled
    return (
        len(filled) > 1
        and all(cell and len(cell) <= _LABEL_CHARACTERS for cell in named)
        and len(set(named)) == len(named)
        and not any(_NUMBER.match(cell) for cell in named)
    )


def _below(title: str, section: str) -> str:
    """A section without the document's own title above it."""
    if section == title:
        return ""
    return section.removeprefix(f"{title}{_PATH}")


def _body(part: Part) -> tuple[str, list[tuple[str, int, int]]]:
    """The part's text, and its cells as (label, start, end) in it."""
    if not part.cells:
        return part.text.strip("\n").rstrip() if part.kind == "code" else part.text.strip(), []
    beside = _STATEMENTS if any(label for label, _ in part.cells) else _BESIDE
    if part.kind == "front_matter":
        beside = "\n"
    text, cells = "", []
    for label, value in part.cells:
        text += beside if text else ""
        text += f"{label}: " if label else ""
        cells.append((label, len(text), len(text) + len(value)))
        text += value
    return text, cells


class _Text:
    """Pieces of text and how long they are together."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0

    def add(self, body: str, before: str | None, apart: str) -> int:
        """Where `body` starts, behind `before`, or where that is None `apart` from the last."""
        if before is None:
            before = apart if self._pieces else ""
        for piece in (before, body):
            self._pieces.append(piece)
            self._length += len(piece)
        return self._length - len(body)

    def text(self) -> str:
        return "".join(self._pieces)


class _Sections:
    """The headings above the place that has been reached."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []
        self._first: dict[int, str] = {}

    def enter(self, heading: str, level: int) -> None:
        level = min(max(level, 1), _HEADING_LEVELS)
        self._open = [(other, text) for other, text in self._open if other < level]
        text = " ".join(heading.split())
        self._open.append((level, text))
        self._first.setdefault(level, text)

    def above(self, kind: BlockKind) -> str:
        if kind in ("front_matter", "page_header"):
            return ""
        return _PATH.join(text for _, text in self._open)

    def title(self) -> str:
        """The first level-one heading, "" without one."""
        return self._first.get(1, "")
