"""A table of LaTeX, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator

from kgqa.documents.layout import Part, table_parts

_RULES = ("hline", "toprule", "midrule", "bottomrule", "cmidrule", "cline", "addlinespace")
# longtable repeats its head and foot on each page; they are written once, above the rows.
_REPEATED = ("endfirsthead", "endhead", "endfoot", "endlastfoot")


class Table:
    """Collects the rows of one table.

    Attributes:
        depth: how many environments are open with it.
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._rows: list[list[str]] = []
        self._row: list[str] = []
        self._headed = False
        self._has_head = False
        self._kept = 0

    def end_cell(self, text: str) -> None:
        """A cell ends."""
        self._row.append(text)

    def end_row(self, text: str) -> None:
        """A cell and its row end."""
        row, self._row = [*self._row, text], []
        if any(row):
            self._rows.append(row)

    def rule(self, name: str) -> bool:
        """Whether this macro only draws a line, or ends a head or foot."""
        if name in _REPEATED:
            # All but the first head are repeats.
            self._rows = self._rows[:1] if not self._has_head else self._rows[: self._kept]
            self._headed, self._has_head = bool(self._rows), True
            self._kept = len(self._rows)
            return True
        if name == "midrule" and len(self._rows) == 1:
            self._headed = True
        return name in _RULES

    def parts(self) -> Iterator[Part]:
        """The rows under their head."""
        return table_parts(self._rows, headed=True if self._headed else None)
