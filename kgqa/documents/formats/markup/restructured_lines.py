"""Text that stands in a line of reStructuredText: roles, substitutions, what is unresolved."""

from __future__ import annotations

import re
from typing import Any

_ROLE = re.compile(r":([\w:.+-]+):`([^`]*)`")
_TARGET = re.compile(r"(.*\S)\s*<[^<>]*>\Z", re.S)
# Names of names can double at each step.
_SUBSTITUTED_CHARACTERS = 1_000_000


class Lines:
    """The text of nodes that stand in a line, with substitutions made."""

    def __init__(self, substitutions: dict[str, Any], names: dict[str, str]) -> None:
        """Args:
        substitutions: name to definition, `names` lower case to name, as docutils has them.
        """
        self.substitutions = substitutions
        self.names = names
        self._left = _SUBSTITUTED_CHARACTERS

    def line(self, node: Any) -> str:
        """All text of a node on one line."""
        return " ".join(self._inline(node).split())

    def lines(self, node: Any) -> list[str]:
        """Those of a block of lines, and of the blocks in it."""
        found: list[str] = []
        for child in node.children:
            found += self.lines(child) if child.tagname == "line_block" else [self.line(child)]
        return found

    def _inline(self, node: Any) -> str:
        if node.tagname == "#text":
            return str(node.astext())
        if node.tagname in ("footnote_reference", "image", "raw", "system_message"):
            return ""
        if node.tagname == "problematic":
            return _unresolved(node.astext())
        if node.tagname == "substitution_reference":
            return self._substituted(node)
        apart = " " if node.tagname in ("paragraph", "list_item", "line") else ""
        return "".join(map(self._inline, node.children)) + apart

    def _substituted(self, node: Any) -> str:
        """What a name stands for, as long as names of names have not used up their share."""
        name = node["refname"]
        definition = self.substitutions.get(name)
        if definition is None:
            definition = self.substitutions.get(self.names.get(name.lower(), ""))
        if definition is None or self._left <= 0:
            return str(node.astext())
        self._left -= len(node.rawsource) + len(definition.rawsource)
        text = "".join(map(self._inline, definition.children))
        return text.strip() if "trim" in definition.attributes else text


def _unresolved(raw: str) -> str:
    """The text of a role that docutils does not know: :ref:`Setup <setup>`, :func:`~os.walk`."""
    role = _ROLE.fullmatch(raw)
    if role is None:
        return raw.strip("`|_*")
    if role[1].startswith("raw"):
        return ""
    named = _TARGET.match(role[2])
    if named is not None:
        return named[1]
    return role[2].rsplit(".", 1)[-1] if role[2].startswith("~") else role[2].lstrip("!")
