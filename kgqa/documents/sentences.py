"""Sentence bounds: one rule, in plain Python, that the spaCy component also sets.

spaCy's own sentencizer splits at every full stop ("J. R. R. Tolkien", "St. Louis") and
costs a tokenisation; this rule reads about ten times as fast. `spacy_sentences.py` puts
the same bounds on a spaCy `Doc`.
"""

# Typographic quotes, dashes and other scripts are what this file is about.
# ruff: noqa: RUF001
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# A stop with what closes behind it (quotes, brackets, footnote marks such as [1]), then
# white space; or a line end. Possessive, so that runs of dots cost one pass.
_BOUND = re.compile(
    r"(?<![.!?…])(?P<stop>[.!?…]++)[\"'”’»)\]]*+(?:\[[\w ]{1,12}\])*+(?=\s)"
    r"|(?P<blank>[\n\f\u2029])"
)
_NEXT = re.compile(r"\s*+[\"'“‘«(\[¿¡*_–—-]*+(?P<word>\w*+)(?P<after>.?)", re.S)
_WORD_BEFORE = re.compile(r"[^\s\"'“”‘’«»()\[\]–—/]*+\Z")
_LOOK_BACK = 24


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    "adm brig capt cdr cmdr col cpl det dr e.g fr gen gov hon i.e insp lt lieut maj messrs mlle "
    "mme mr mrs ms mt pres prof rep rev rt sen sgt supt viz vs"
)
# These stand before a number ("No. 5", "c. 1500", "Sept. 3").
_BEFORE_NUMBER = _words(
    "apr art aug b c ca cf ch chap circa d dec ed eq est feb fig figs fl jan jul jun lit mar no "
    "nos nov nr oct op p para pp pt r sec sect sep sept v vol vols"
)
_ABBREVIATIONS = _words(
    "al assn ave bros co corp dept dist esq etc ft inc intl jr llc ltd mfg natl rd sq sr st ste "
    "univ"
) | (_BEFORE_NUMBER - {"art", "ch", "ed", "est", "lit", "mar", "jan", "no", "sec"})
# An initial, or letters with stops between them: "J", "U.S", "Ph.D", "a.m", "J.-P".
_INITIALS = re.compile(r"(?:[A-ZÀ-ÖØ-Þ]|[A-Za-z]{1,2}(?:\.[A-Za-z]{1,2})+|[A-Z]\.?-[A-Z])\Z")
# Words that open a sentence and hardly ever follow an abbreviation inside a name.
_STARTERS = _words(
    "A According After Also Although An And As At Because Before Both But By Despite During Each "
    "Even For From He Her His How However If In Instead It Its Later Many Meanwhile Moreover My "
    "Nevertheless On Once Our She Since So Some Such That The Their Then There These They This "
    "Those Though Thus To Today Two Under Until Upon We Were What When Where Which While Who Why "
    "With Within You Your"
)
_ORDINAL = re.compile(r"\d{1,3}\Z")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, half-open character offsets, in order.

    Spans begin and end with a non-space character, do not overlap, and cover every
    non-space character. A bound is a stop (`.`, `!`, `?`, `…`) before white space and a
    word that may open a sentence, or a line end: in a stored text a line end is one that was
    meant, as wrapped lines have been joined (`kgqa.documents.wraps`). Titles, abbreviations,
    initials and list numbers ("Dr. Curie", "St. Louis", "J. R. R. Tolkien", "1. ") do not end
    one; after an abbreviation that may end one ("U.S.", "Inc.") the next word decides.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _bounds(text):
        start = _append_trimmed(spans, text, start, end)
    _append_trimmed(spans, text, start, len(text))
    return spans


def sentences_over(spans: Sequence[tuple[int, int]], start: int, end: int) -> list[int]:
    """Indices of the sentences that share a character with the half-open stretch, in order.

    Args:
        spans: of `sentence_spans`.
    """
    return [i for i, (s, e) in enumerate(spans) if s < end and e > start]


def _bounds(text: str) -> Iterator[int]:
    start = 0
    for bound in _BOUND.finditer(text):
        if bound["stop"] is None or _ends_sentence(text, start, bound):
            start = bound.end()
            yield start


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> int:
    """Add text[start:end] without its outer white space, if anything is left."""
    piece = text[start:end]
    body = piece.strip()
    if body:
        first = start + len(piece) - len(piece.lstrip())
        spans.append((first, first + len(body)))
    return end


def _ends_sentence(text: str, start: int, bound: re.Match[str]) -> bool:
    following = _NEXT.match(text, bound.end())
    if following is None:
        return True
    word = following["word"]
    if not word:
        # More punctuation (". . .") goes on; the end of the text does not matter.
        return following["after"] not in ".,;:!?…"
    if word[0].islower():
        return False
    if bound["stop"] != ".":
        return True
    return not _is_abbreviation(text, start, bound.start(), following)


def _is_abbreviation(text: str, start: int, stop: int, following: re.Match[str]) -> bool:
    """Whether the stop at `stop` belongs to the word before it and the sentence goes on."""
    found = _WORD_BEFORE.search(text, max(start, stop - _LOOK_BACK), stop)
    before = found[0] if found else ""
    folded = before.lower()
    word = following["word"]
    if folded in _TITLES:
        return True
    if word[0].isdigit() and (folded in _BEFORE_NUMBER or (len(folded) == 1 and folded.isalpha())):
        return True
    if _ORDINAL.match(before):
        return not text[start : stop - len(before)].strip()
    if folded not in _ABBREVIATIONS and not _INITIALS.match(before):
        return False
    # "J. A. Smith": a starter with a stop of its own is one more initial.
    return word not in _STARTERS or following["after"] == "."
