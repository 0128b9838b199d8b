"""The closed classes of English words that follow-up questions are told by."""

from __future__ import annotations

from typing import Literal

CONNECTIVE = ("and", "but", "or", "so", "then", "also", "now", "ok", "okay", "well")
PREPOSITIONS = (
    "in", "at", "on", "from", "to", "by", "for", "of", "with", "under", "after", "before",
    "during", "since", "until", "into", "near", "as",
)  # fmt: skip
QUESTION_WORD = r"(?:where|when|who|whom|whose|why|how|which|what)"
AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|"
    r"might|must)"
)
IMPERATIVES = frozenset({"name", "list", "tell", "give", "show", "find", "describe", "explain"})
FUNCTION_WORDS = frozenset(
    {
        *PREPOSITIONS,
        *CONNECTIVE,
        "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could",
        "will", "would", "a", "an", "the", "that", "this", "when", "where", "who", "which",
        "what", "how", "why", "while", "if", "than", "through", "over", "about", "against",
        "there", "here", "most", "first", "last",
    }
)  # fmt: skip
"""After `her` they say that it is no possessive."""

_BY_TYPE: dict[tuple[str, Literal["he", "she", ""]], str] = {
    ("person", "he"): "man boy king actor husband father son brother",
    ("person", "she"): "woman girl queen actress wife mother daughter sister",
    ("person", ""): "person scientist author writer director inventor physicist chemist "
    "mathematician engineer singer musician politician president player artist composer",
    ("location", ""): "city town village country state place island river region county",
    ("organization", ""): "company university college school organization organisation "
    "institute institution team band club party firm laboratory",
    ("miscellaneous", ""): "film movie book novel song album award prize machine computer "
    "language war battle ship show series game play",
}
TYPE_NOUNS: dict[str, tuple[str, Literal["he", "she", ""]]] = {
    noun: kind for kind, nouns in _BY_TYPE.items() for noun in nouns.split()
}
"""Noun -> the mention type and the gender of what it names."""

RELATIVES: dict[str, Literal["he", "she", ""]] = {
    "husband": "he",
    "wife": "she",
    "spouse": "",
    "father": "he",
    "mother": "she",
    "son": "he",
    "daughter": "she",
    "child": "",
    "brother": "he",
    "sister": "she",
}
"""Word for a relative -> their gender."""
