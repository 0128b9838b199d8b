"""docutils' tree of a reStructuredText document, walked into parts."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Any

from kgqa.documents.formats.markup.restructured_lines import Lines
from kgqa.documents.layout import Part, table_parts


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DIRECTIVE = re.compile(r"\.\.[ \t]+([A-Za-z][\w:.+-]*)::[ \t]*(.*)")
_OPTION = re.compile(r"[ \t]*:[\w.-][^:\n]*:(?:[ \t]|\Z)")
_RCS = re.compile(r"\$\w+(?::\s*(.*?)\s*)?\$\Z")
_CODE = _words("code-block code sourcecode parsed-literal ipython prompt")
# Directives whose content is no text of the document.
_LEFT_OUT = _words(
    "toctree autosummary index currentmodule module highlight image raw include "
    "literalinclude graphviz digraph graph plantuml mermaid uml math role default-role "
    "contents meta automodule autoclass autofunction autodata autoexception testsetup "
    "testcleanup sectionauthor codeauthor tabularcolumns bibliography csv-table"
)
_WITH_ARGUMENT = _words("versionadded versionchanged deprecated seealso centered")
_SILENT = _words(
    "comment substitution_definition target pending raw image meta decoration docinfo math "
    "transition label colspec"
)
_BESIDE_FIELDS = _words("comment title target system_message substitution_definition")
_FRONT = {
    "title": "title",
    "author": "author",
    "authors": "author",
    "date": "date",
    "subject": "subject",
    "keywords": "keywords",
    "organization": "organization",
    "contact": "contact",
    "version": "version",
    "status": "status",
    "copyright": "copyright",
    "address": "address",
}
_DEPTH = 20


class Walk:
    """The parts of a tree, and the title that its head names."""

    def __init__(self, parse: Callable[[str], Any], text: Lines, depth: int = 0) -> None:
        """Args:
        parse: text to docutils' document, for what stands in directives that it does not know.
        """
        self.parts: list[Part] = []
        self.title = ""
        self._parse = parse
        self._text = text
        self._depth = depth

    def document(self, document: Any) -> None:
        """All of a document; a single section around it gives it its title."""
        sections = [node for node in document.children if node.tagname == "section"]
        level = 1 if len(sections) == 1 else 2
        self._front_matter(document, sections)
        for node in document.children:
            self._node(node, level)

    def _front_matter(self, document: Any, sections: list[Any]) -> None:
        """The list of fields at the top, or right below the title."""
        around = [document, *(sections[0:1] if len(sections) == 1 else [])]
        for parent in around:
            shown = [n for n in parent.children if n.tagname not in _BESIDE_FIELDS]
            if not shown or shown[0].tagname != "field_list":
                continue
            cells = []
            for field in shown[0].children:
                name, body = (child.astext().strip() for child in field.children[:2])
                label = _FRONT.get(name.lower(), "")
                value = " ".join(_RCS.sub(r"\1", body).split())
                if label and value:
                    cells.append((label, value))
            self.title = dict(cells).get("title", "")
            self.parts += [Part("front_matter", cells=tuple(cells))] if cells else []
            parent.remove(shown[0])
            return

    def _node(self, node: Any, level: int) -> None:
        visit = getattr(self, f"_visit_{node.tagname}", None)
        if visit is not None:
            visit(node, level)
        elif node.tagname not in _SILENT:
            self._children(node, level)

    def _children(self, node: Any, level: int) -> None:
        for child in node.children:
            self._node(child, level)

    def _visit_section(self, node: Any, level: int) -> None:
        for child in node.children:
            if child.tagname == "title":
                self.parts.append(Part("heading", self._text.line(child), level=level))
            else:
                self._node(child, level + 1)

    def _visit_topic(self, node: Any, level: int) -> None:
        if "contents" in node.get("classes", ()):
            return
        for child in node.children:
            if child.tagname == "title":
                self.parts.append(Part("heading", self._text.line(child), level=level))
            else:
                self._node(child, level)

    def _visit_paragraph(self, node: Any, level: int) -> None:
        self.parts.append(Part("prose", self._text.line(node)))

    _visit_title = _visit_subtitle = _visit_rubric = _visit_paragraph
    _visit_caption = _visit_attribution = _visit_paragraph

    def _visit_line_block(self, node: Any, level: int) -> None:
        self.parts.append(Part("prose", "\n".join(line for line in self._text.lines(node) if line)))

    def _visit_literal_block(self, node: Any, level: int) -> None:
        self.parts.append(Part("code", node.astext()))

    _visit_doctest_block = _visit_math_block = _visit_literal_block

    def _item(self, node: Any, level: int, before: str = "") -> None:
        """The first paragraph of an item is the item."""
        place = len(self.parts)
        self._children(node, level)
        if len(self.parts) > place and self.parts[place].kind == "prose":
            self.parts[place] = Part("list_item", before + self.parts[place].text)
        elif before:
            self.parts.insert(place, Part("list_item", before.removesuffix(": ")))

    def _visit_list_item(self, node: Any, level: int) -> None:
        self._item(node, level)

    def _visit_definition_list_item(self, node: Any, level: int) -> None:
        names = [self._text.line(c) for c in node.children if c.tagname in ("term", "classifier")]
        for child in node.children:
            if child.tagname == "definition":
                self._item(child, level, f"{' : '.join(names)}: ")

    def _visit_field(self, node: Any, level: int) -> None:
        self._item(node.children[1], level, f"{self._text.line(node.children[0])}: ")

    def _visit_option_list_item(self, node: Any, level: int) -> None:
        options = [option.astext() for option in node.children[0].children]
        self._item(node.children[1], level, f"{', '.join(options)}: ")

    def _visit_footnote(self, node: Any, level: int) -> None:
        texts = [self._text.line(child) for child in node.children if child.tagname != "label"]
        self.parts.append(Part("footnote", " ".join(texts)))

    _visit_citation = _visit_footnote

    def _visit_table(self, node: Any, level: int) -> None:
        for child in node.children:
            if child.tagname == "title":
                self._visit_paragraph(child, level)
        heads = list(node.findall(lambda n: n.tagname == "thead"))
        rows = []
        for row in node.findall(lambda n: n.tagname == "row"):
            cells: list[str] = []
            for entry in row.children:
                text = " ".join(self._text.line(child) for child in entry.children)
                cells += [text, *[""] * int(entry.get("morecols", 0))]
            rows.append(cells)
        self.parts += table_parts(rows, headed=True if heads else None)

    def _visit_system_message(self, node: Any, level: int) -> None:
        """What docutils could not make sense of: the text in a directive, a table, a title."""
        blocks = [child.astext() for child in node.children if child.tagname == "literal_block"]
        if not blocks:
            return
        directive = _DIRECTIVE.match(blocks[0])
        if directive is not None:
            self._directive(directive[1], directive[2], blocks[0], level)
        elif "alformed table" in node.children[0].astext():
            self.parts.append(Part("code", blocks[0]))
        elif node.get("level") == 4:
            words = [line for line in blocks[0].split("\n") if any(c.isalnum() for c in line)]
            self.parts.append(Part("heading", " ".join(words), level=level))

    def _directive(self, name: str, argument: str, block: str, level: int) -> None:
        lines = textwrap.dedent(block.partition("\n")[2]).split("\n")
        while lines and (_OPTION.match(lines[0]) or not lines[0].strip()):
            lines.pop(0)
        content = "\n".join(lines)
        if name in _WITH_ARGUMENT:
            content = f"{argument}\n{content}"
        if name in _CODE:
            self.parts.append(Part("code", content))
        elif name not in _LEFT_OUT and content.strip() and self._depth < _DEPTH:
            inner = Walk(self._parse, self._text, self._depth + 1)
            inner._children(self._parse(content), level)
            self.parts += inner.parts
