"""One rule for when two surface forms are the same string; standard library only."""

from __future__ import annotations

import re
import unicodedata

_QUALIFIER = re.compile(r"\s*\([^()]*\)\s*$")
_EDGES = " \t\n\r.,;:!?\"'`\u2018\u2019\u201c\u201d()[]{}"


def name_key(name: str) -> str:
    """Fold case, accents, punctuation at the edges, possessive and white space.

    >>> name_key("  Marie  CURIE's ")
    'marie curie'
    """
    plain = name
    if not name.isascii():
        decomposed = unicodedata.normalize("NFKD", name)
        plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    folded = " ".join(plain.casefold().split()).strip(_EDGES)
    for possessive in ("'s", "\u2019s"):
        folded = folded.removesuffix(possessive)
    folded = folded.removeprefix("the ").strip(_EDGES)
    return folded or " ".join(name.split()).casefold()


def without_qualifier(title: str) -> str:
    """Drop a trailing disambiguation: "John Smith (footballer)" -> "John Smith"."""
    return _QUALIFIER.sub("", title).strip() or title.strip()
