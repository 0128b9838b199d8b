"""Which language a text is in, told offline.

py3langid (a maintained langid.py: Lui & Baldwin, ACL 2012) knows 97 languages. An English text
must hardly ever be taken for another, as nothing would be extracted from it: frequent words of
English settle most texts, and short texts are only foreign where the detector is very sure.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace

from kgqa.types import READ_LANGUAGE, Document


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SAMPLE = 1500
"""Characters that are looked at, at the beginning, the middle and the end."""
_FREQUENT = _words(
    "the of and to in a is was for that on with as by it at from his her he she an are be this "
    "which or were has have had not but its their they who been"
)
_OWN = _words("the of and to was with from his her which were been")
_ONLY_ENGLISH = (_OWN - _words("was to")) | _words(
    "by that it she this but its their they who our your you please said asked what when where "
    "why how should would could there than some any"
)
"""Frequent words of English that are rare in any other language."""
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS, _DENSER = 30, 4
"""Fewer say nothing: a name, a number, a line of code. A letter of another script says more."""
_FREQUENT_SHARE, _OWN_SHARE = 0.2, 0.06
_SURE, _LIKELY, _SOME_SHARE, _NEIGHBOUR_SHARE = 0.9, 0.5, 0.05, 0.25
_NEIGHBOURS = {
    "es": _words("en y que se una un por con desde era fue es son ha no su sus al lo le les allí"),
    "pt": _words("em e que se uma um por com desde era foi é são não seu sua ao na no nas nos do"),
}
"""Languages so alike that the detector is not sure of either: frequent words that it takes then
(none of those that names have too: de, la, dos)."""
_BEYOND_LATIN = "\u0370"
"""Where the Greek letters begin: what is written behind it is not English."""
_OTHER_SCRIPTS = re.compile(r"[\u0370-\u1dff\u2c00-\ua71f\uab30-\uffdc]+")
_PROSE = frozenset({"prose", "list_item", "footnote"})


def with_language(document: Document, language: str | None) -> Document:
    """The document with its language, which its digest holds where it is a foreign one.

    Args:
        language: ISO 639-1, in place of what the text says; None detects it.
    """
    found = language if language is not None else detect_language(_sample(document))
    if found == document.language:
        return document
    made = Document.create(document.source, document.title, document.text, language=found)
    return replace(document, language=found, digest=made.digest)


def detect_language(text: str) -> str:
    """ISO 639-1 of a text, "" where it is too short or nothing is sure."""
    words = _WORD.findall(text.lower())
    latin = sum(len(word) for word in words if word[0] < _BEYOND_LATIN)
    letters = sum(map(len, words))
    if latin + _DENSER * (letters - latin) < _LETTERS:
        return ""
    frequent = sum(word in _FREQUENT for word in words)
    own = sum(word in _OWN for word in words)
    if frequent >= _FREQUENT_SHARE * len(words) and own >= _OWN_SHARE * len(words):
        return READ_LANGUAGE
    if 2 * latin < letters:
        code, probability = _classify()(text)
        return code if probability >= _LIKELY or code == READ_LANGUAGE else ""
    # A name or a title in another language does not make an English sentence foreign.
    own_script = [word for word in words if word[0] < _BEYOND_LATIN]
    code, probability = _classify()(_OTHER_SCRIPTS.sub(" ", text))
    some = sum(word in _ONLY_ENGLISH for word in own_script)
    neighbour = sum(word in _NEIGHBOURS.get(code, ()) for word in own_script)
    least = _LIKELY if neighbour >= _NEIGHBOUR_SHARE * len(own_script) else _SURE
    if code == READ_LANGUAGE or (probability >= least and some < _SOME_SHARE * len(own_script)):
        return code
    return ""


def _sample(document: Document) -> str:
    """Prose of the beginning, the middle and the end; of a document without prose, its text."""
    text = document.text
    spans = [(b.start, b.end) for b in document.blocks if b.kind in _PROSE] or [(0, len(text))]
    if sum(end - start for start, end in spans) <= 3 * _SAMPLE:
        return "\n".join(text[start:end] for start, end in spans)
    middle = len(spans) // 2
    parts = [_run(text, spans[n:]) for n in (0, middle)]
    last = spans[-1]
    return "\n".join([*parts, text[max(last[0], last[1] - _SAMPLE) : last[1]]])


def _run(text: str, spans: list[tuple[int, int]]) -> str:
    """About `_SAMPLE` characters from the first of the spans on."""
    pieces: list[str] = []
    length = 0
    for start, end in spans:
        pieces.append(text[start : min(end, start + _SAMPLE - length)])
        length += len(pieces[-1])
        if length >= _SAMPLE:
            break
    return "\n".join(pieces)


@functools.cache
def _classify() -> Callable[[str], tuple[str, float]]:
    """Code and probability of a text; loaded once, in a second."""
    from py3langid.langid import (  # type: ignore[import-untyped]
        MODEL_FILE,
        LanguageIdentifier,
    )

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def classify(text: str) -> tuple[str, float]:
        # Languages without a code of two letters stay unknown.
        code, probability = identifier.classify(text)
        return str(code), float(probability) if len(code) == 2 else 0.0

    return classify
