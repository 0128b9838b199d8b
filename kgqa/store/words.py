"""Text as the words that a text search compares: folded, and without the most common."""

from __future__ import annotations

import re
import unicodedata

_QUERY_WORDS = 200
_WORD = re.compile(r"\w+")
_COMMON_WORDS_TEXT = """
a an and are as at be been by did do does for from had has have he her him his how i if in into is
it its me my of on or our she so than that the their them they this to was we were what when where
which who whom whose why will with would you your
"""
_COMMON_WORDS = frozenset(_COMMON_WORDS_TEXT.split())


def query_words(text: str) -> list[str]:
    """The distinct words of a question, case folded, at most 200 of them.

    Words that are in most English passages rank nothing and cost most: they are left out
    unless there are no others.
    """
    words = dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
    telling = [word for word in words if word not in _COMMON_WORDS] or list(words)
    return telling[:_QUERY_WORDS]


def folded_words(text: str) -> list[str]:
    """All words in order, without case and accents."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _WORD.findall(text.casefold())
