# ruff: noqa: RUF001 (the dashes and quotes are what is tested)
"""Tokens become prose, and every token keeps its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgqa.datasets.detokenize import detokenize

NATURAL = [
    'Wilfried "Willi" Schneider (born 13 March 1963 in Mediaș, Transylvania) won twice.',
    "He won the men's overall title in 1997-8; it didn't last!",
    "The two-year Cambodian-Vietnamese War (1978–1979) cost $3 billion.",
    "John Duns (21 May 1920 – 21 March 2001) was born in the U.S. state.",
    "Illinois' 12th district and the boys' team met.",
    'Spassky—and Fischer—played 91.9% of "The Game", as "he" said.',
    "They wrote 'dream' and 'vision' on the DVD/CD of Mumford & Sons.",
    "The Australia–Chile Agreement was signed at 10:30.",
    "A C# compiler reached #7 [in 1999].",
]


def tokens_of(text: str) -> list[str]:
    """What a tokenizer leaves: words, and each mark or clitic on its own."""
    pattern = r"U\.S\.|n't|'s\b|\d+(?:\.\d+)?(?:th)?|[^\W\d_]+?(?=n't)|[^\W\d_]+|[^\w\s]"
    return re.findall(pattern, text)


@pytest.mark.parametrize("text", NATURAL)
def test_natural_spacing_comes_back(text: str) -> None:
    assert detokenize([tokens_of(text)]).text == text


def test_sentences_are_joined_by_one_space() -> None:
    joined = detokenize([["He", "left", "."], ["She", "stayed", "(", "alone", ")", "."]])
    assert joined.text == "He left. She stayed (alone)."
    assert [len(row) for row in joined.tokens] == [3, 6]


def test_a_quotation_that_ends_in_the_next_sentence_is_closed() -> None:
    joined = detokenize([["He", "said", '"', "I", "am", "."], ['"', "Then", "he", "left", "."]])
    assert joined.text == 'He said "I am." Then he left.'


def test_a_white_space_token_is_an_empty_span() -> None:
    joined = detokenize([["25", "\xa0", "km", "."]])
    assert joined.text == "25 km."
    blank = joined.tokens[0][1]
    assert blank.start == blank.end


words = st.text(alphabet="abZ019.,;:'\"()-–—/&$#’ \xa0", min_size=1, max_size=4)


@given(st.lists(st.lists(words, max_size=8), max_size=4))
def test_every_token_stands_where_its_span_says(sentences: list[list[str]]) -> None:
    joined = detokenize(sentences)
    last = 0
    for sentence, row in zip(sentences, joined.tokens, strict=True):
        for token, span in zip(sentence, row, strict=True):
            assert joined.text[span.start : span.end] == token.strip()
            assert span.start >= last
            last = span.end
    assert joined.text == joined.text.strip()
