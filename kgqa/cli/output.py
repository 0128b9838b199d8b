"""How verbs print: one JSON object, or text that cannot disturb a terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgqa.types import Passage

_HIDDEN = {"Cc", "Cs"}
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def print_json(record: Mapping[str, object]) -> None:
    """One object on one line, in ASCII: valid under every locale."""
    json.dump(record, sys.stdout, ensure_ascii=True, allow_nan=False)
    sys.stdout.write("\n")


def printable(text: str) -> str:
    """`text` on one line, its control characters (escapes, changes of direction) replaced."""
    shown = "".join(
        "\N{REPLACEMENT CHARACTER}" if c in _BIDI or unicodedata.category(c) in _HIDDEN else c
        for c in " ".join(text.split())
    )
    return " ".join(shown.split())


def place_record(passage: Passage | None) -> dict[str, object]:
    """Where a passage stands, as every `--json` shows it: "" and null for what is not known.

    Args:
        passage: None where it has left the store meanwhile.
    """
    if passage is None:
        return {"section": "", "page": None, "row": None}
    return {"section": passage.section, "page": passage.page, "row": passage.row}


def place_text(source: str, passage: Passage) -> str:
    """Source and offsets, then what else is known: "report.pdf:0-59, page 3, Results > 2023"."""
    parts = [f"{source}:{passage.start}-{passage.end}"]
    parts += [] if passage.page is None else [f"page {passage.page}"]
    parts += [passage.section] if passage.section else []
    parts += [] if passage.row is None else [f"row {passage.row}"]
    return printable(", ".join(parts))
