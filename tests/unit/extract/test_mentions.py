from __future__ import annotations

import itertools

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kgqa.extract.encoding import N_SHAPES, encode_texts
from kgqa.extract.mention_head import (
    WordSpan,
    begin_tag,
    decode_tags,
    inside_tag,
    tag_loss,
)
from kgqa.lm.backbone import Backbone

N_TAGS = 5


def _legal(tags: tuple[int, ...]) -> bool:
    before = 0
    for tag in tags:
        if tag and tag % 2 == 0 and before not in (tag, tag - 1):
            return False
        before = tag
    return True


def _spans(tags: tuple[int, ...]) -> list[tuple[int, int, int]]:
    spans, open_tag, start = [], None, 0
    for i, tag in enumerate([*tags, 0]):
        if open_tag is not None and tag != open_tag + 1:
            spans.append((start, i, (open_tag - 1) // 2))
            open_tag = None
        if tag % 2:
            open_tag, start = tag, i
    return spans


@given(seed=st.integers(0, 10_000), words=st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_viterbi_agrees_with_trying_every_legal_sequence(seed: int, words: int) -> None:
    logits = torch.randn(1, words, N_TAGS, generator=torch.Generator().manual_seed(seed)) * 3
    scores = logits.log_softmax(-1)[0]
    best = max(
        (t for t in itertools.product(range(N_TAGS), repeat=words) if _legal(t)),
        key=lambda t: sum(float(scores[i, tag]) for i, tag in enumerate(t)),
    )
    found = decode_tags(logits, torch.ones(1, words, dtype=torch.bool))[0]
    assert [(s.start, s.end, s.type) for s in found] == _spans(best)


def test_padding_changes_nothing() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1, 6, N_TAGS) * 3
    padded = torch.cat([logits, torch.randn(1, 4, N_TAGS) * 9], dim=1)
    mask = torch.tensor([[True] * 6 + [False] * 4])
    alone = decode_tags(logits, torch.ones(1, 6, dtype=torch.bool))
    assert decode_tags(padded, mask) == alone
    assert all(isinstance(span, WordSpan) and 0 < span.score <= 1 for span in alone[0])


def test_the_loss_counts_any_allowed_tag_as_right() -> None:
    logits = torch.zeros(1, 1, N_TAGS)
    logits[0, 0, begin_tag(1)] = 20
    mask = torch.ones(1, 1, dtype=torch.bool)
    allowed = torch.zeros(1, 1, N_TAGS, dtype=torch.bool)
    allowed[0, 0, 0] = True
    wrong = float(tag_loss(logits, allowed, mask))
    allowed[0, 0, begin_tag(1)] = allowed[0, 0, inside_tag(1)] = True
    assert wrong > 10
    assert float(tag_loss(logits, allowed, mask)) < 1e-3


def test_words_have_exact_characters_and_shapes(tiny_backbone: Backbone) -> None:
    text = "Marie  Curie (born 1867), of NASA's xRay-lab; é."
    encoded = encode_texts(tiny_backbone.tokenizer, [text])[0]
    words = [text[a:b] for a, b in encoded.words]
    assert words[:5] == ["Marie", "Curie", "(", "born", "1867"]
    assert len(encoded.shapes) == len(encoded.input_ids)
    assert all(0 <= shape < N_SHAPES for shape in encoded.shapes)
    shape_of = {w: encoded.shapes[first] for w, first in zip(words, encoded.firsts, strict=True)}
    assert len({shape_of[w] for w in ("Marie", "born", "1867", "NASA")}) == 4
    assert shape_of["Marie"] == shape_of["Curie"]


def test_word_ranges_come_from_characters(tiny_backbone: Backbone) -> None:
    text = "Ada met Charles Babbage."
    encoded = encode_texts(tiny_backbone.tokenizer, [text])[0]
    start = text.index("Charles")
    assert encoded.word_range(start, start + len("Charles Babbage")) == (2, 4)
    assert encoded.word_range(500, 510) is None
