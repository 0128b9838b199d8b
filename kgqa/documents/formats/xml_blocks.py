"""The elements of a text in XML (TEI, DocBook, JATS, or one's own) as parts of a document."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from kgqa.documents.layout import Part, table_parts
from kgqa.types import BlockKind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEFT_OUT = _words(
    "teiHeader info articleinfo bookinfo chapterinfo sectioninfo permissions index indexterm fw "
    "figDesc graphic mediaobject tex-math script style"
)
_UNREAD_IN_LINE = _LEFT_OUT | {"label"}
_HEADINGS = _words("head title headline h1 h2 h3 h4 h5 h6 bridgehead")
# What stands above these is no heading of a section.
_CAPTIONED = _words(
    "figure table informaltable fig table-wrap example caption list itemizedlist orderedlist "
    "variablelist formalpara boxed-text note tip warning important caution lg sidebar"
)
_PARAGRAPHS = _words("p para paragraph simpara ab h1 h2 h3 h4 h5 h6")
_ITEMS = _words("item listitem list-item li def dd")
_CODE = _words("programlisting screen eg pre preformat")
_AS_LINES = _words("literallayout address")
_VERSE_LINES = _words("l verse-line")
_BIBLIOGRAPHY = {"ref": "ref-list", "bibl": "listBibl"}
_REFERENCES = _words("biblioentry bibliomixed biblStruct")
_TERMS = {"term": ("varlistentry", "def-item"), "label": ("list",), "dt": ("dl",)}
_TABLES, _ROWS, _CELLS = _words("table informaltable"), _words("tr row"), _words("td th cell entry")
_BLOCKS = (
    _HEADINGS
    | _PARAGRAPHS
    | _ITEMS
    | _words(
        "list itemizedlist orderedlist variablelist def-list figure fig table-wrap blockquote "
        "disp-quote lg verse-group sp speaker boxed-text formalpara sec section div ul ol dl "
        "attrib byline signed epigraph varlistentry def-item caption disp-formula"
    )
)
# Elements that stand in a line although their parent may hold nothing else.
_INLINE = _words(
    "hi emph emphasis b i u em strong bold italic sup sub sc a link ulink xref ref term name "
    "persName placeName orgName surname forename firstname given-names foreign date q quote code "
    "literal named-content styled-content choice supplied unclear add s w seg phrase subscript "
    "superscript inlineequation inline-formula ext-link num measure rs span underline monospace "
    "email uri citetitle filename command abbrev acronym lb pb cb br break milestone anchor"
)
_QUOTES = ('"', "'", "\u201c", "\u201e", "\u2018", "\u00ab", "\u00bb", "\u2014", "-")
# A line end that is meant; XML cannot hold this character itself.
_BREAK = "\x1e"


def parts_of(element: Element, level: int = 0) -> list[Part]:
    """The parts of an element's content, in order.

    Args:
        element: no deeper than Python may recurse, see `xml_elements`.
        level: of the headings above it.
    """
    walk = _Walk()
    walk.content(element, level)
    walk.flush()
    return walk.parts


def text_of(element: Element | None) -> str:
    """All text of an element on one line, without its footnotes; "" of none."""
    return " ".join(_line(element).split()) if element is not None else ""


def _line(element: Element) -> str:
    quoted = _is_quoted(element)
    pieces = ["\u201c" if quoted else "", element.text or "", _after_start(element)]
    for child in _read_children(element):
        apart = " " if child.tag in _BLOCKS else ""
        left_out = _is_footnote(child) or _is_note_mark(child) or child.tag in _UNREAD_IN_LINE
        pieces += [apart, "" if left_out else _line(child), apart, child.tail or ""]
    pieces += ["\u201d"] if quoted else []
    return "".join(pieces)


def _read_children(element: Element) -> list[Element]:
    """Its children; of two readings of one place (TEI's choice) the first."""
    return list(element)[: 1 if element.tag == "choice" else None]


def _after_start(element: Element) -> str:
    """What an empty element stands for."""
    if element.tag in ("br", "break"):
        return _BREAK
    # A line or page of the print parts words, unless it says that it does not.
    return " " if element.tag in ("lb", "pb", "cb") and element.get("break") != "no" else ""


def _is_footnote(element: Element) -> bool:
    placed = element.tag == "note" and element.get("place") is not None
    return placed or element.tag in ("footnote", "fn")


def _is_note_mark(element: Element) -> bool:
    """JATS: the number in the text that stands for a footnote elsewhere."""
    return element.tag == "xref" and element.get("ref-type") == "fn"


def _is_quoted(element: Element) -> bool:
    """Words in a line that are printed in quotation marks, and have none of their own."""
    inline = element.tag in ("quote", "q") and not any(c.tag in _BLOCKS for c in element)
    return inline and not "".join(element.itertext()).lstrip().startswith(_QUOTES)


class _Walk:
    """Collects runs of text; a block before, behind or inside a run ends it."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._run: list[str] = []
        self._notes: list[Element] = []
        self._kind: BlockKind = "prose"
        self._term = ""

    def content(self, element: Element, level: int) -> None:
        """Its text and children, in order; children stand apart where it has no text itself."""
        quoted = _is_quoted(element)
        self._run += ["\u201c" if quoted else "", element.text or "", _after_start(element)]
        apart = not (element.tag in _PARAGRAPHS or element.tag in _INLINE or _has_text(element))
        if element.tag not in _CAPTIONED:
            level += any(child.tag in ("head", "title", "headline") for child in element)
        for child in _read_children(element):
            self._child(child, element, level, apart)
            self._run.append(child.tail or "")
        self._run += ["\u201d"] if quoted else []

    def _child(self, child: Element, parent: Element, level: int, apart: bool) -> None:
        tag = child.tag
        if tag in _LEFT_OUT or _is_note_mark(child):
            return
        if parent.tag in _TERMS.get(tag, ()):
            self.flush()
            self._term += (", " if self._term else "") + text_of(child)
        elif tag == "label":
            return
        elif _is_footnote(child) or (tag == "note" and "".join(self._run).strip()):
            self._notes.append(child)
        elif (tag == "code" and apart) or child.get("type", "").startswith("codeblock"):
            self._add(Part("code", "".join(child.itertext())))
        elif self._special(child, parent, level):
            return
        elif tag in _ITEMS:
            self._block(child, level, "list_item")
        elif tag in _BLOCKS or (apart and tag not in _INLINE | _VERSE_LINES):
            self._block(child, level, None)
        else:
            self.content(child, level)
            if tag in _VERSE_LINES:
                self._run.append(_BREAK)

    def _special(self, child: Element, parent: Element, level: int) -> bool:
        """Whether it was a piece that is not read as running text."""
        tag = child.tag
        if tag in _HEADINGS and parent.tag not in _CAPTIONED:
            own = int(tag[1]) if tag[1:].isdigit() else max(level, 1)
            self._add(Part("heading", text_of(child), level=own))
        elif tag in _CODE:
            self._add(Part("code", "".join(child.itertext())))
        elif tag in _AS_LINES:
            lines = (" ".join(line.split()) for line in "".join(child.itertext()).split("\n"))
            self._add(Part("prose", "\n".join(line for line in lines if line)))
        elif tag in _REFERENCES or _BIBLIOGRAPHY.get(tag) == parent.tag:
            self._add(Part("footnote", text_of(child)))
        elif tag in _TABLES and (rows := _rows(child)):
            self._table(child, rows)
        else:
            return False
        return True

    def _block(self, child: Element, level: int, kind: BlockKind | None) -> None:
        self.flush()
        self._kind = kind or self._kind
        self.content(child, level)
        self.flush()
        if kind is not None:
            self._kind, self._term = "prose", ""

    def _table(self, table: Element, rows: list[Element]) -> None:
        for child in table:
            if child.tag in ("head", "title", "caption"):
                self._add(Part("prose", text_of(child)))
        cells = [[cell for cell in row if cell.tag in _CELLS] for row in rows]
        headed = table.find(".//thead") is not None or rows[0].get("role") == "label"
        headed = headed or all(cell.tag == "th" for cell in cells[0])
        self.flush()
        texts = [[text_of(cell) for cell in row] for row in cells]
        self.parts += table_parts(texts, headed=headed or None)
        self._notes += [note for note in table.iter() if _is_footnote(note)]
        self.flush()

    def _add(self, part: Part) -> None:
        self.flush()
        self.parts.append(part)

    def flush(self) -> None:
        """The run so far becomes a part, its footnotes follow it."""
        lines = (" ".join(line.split()) for line in "".join(self._run).split(_BREAK))
        text = "\n".join(line for line in lines if line)
        self._run = []
        if text:
            if self._term and self._kind == "list_item":
                text, self._term = f"{self._term}: {text}", ""
            self.parts.append(Part(self._kind, text))
            self._kind = "prose"  # what follows in an item is not its first paragraph
        notes, self._notes = self._notes, []
        self.parts += [Part("footnote", text_of(note)) for note in notes]


def _has_text(element: Element) -> bool:
    return bool((element.text or "").strip()) or any((c.tail or "").strip() for c in element)


def _rows(table: Element) -> list[Element]:
    return [e for e in table.iter() if e.tag in _ROWS and any(c.tag in _CELLS for c in e)]


def named(element: Element, *paths: str) -> Iterator[str]:
    """The texts of the elements at these paths that have any."""
    for path in paths:
        for found in element.iterfind(path):
            text = text_of(found)
            if text:
                yield text
