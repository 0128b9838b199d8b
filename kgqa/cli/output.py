"""How verbs print: one JSON object, or text that cannot disturb a terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping

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
