from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kgqa.context.vectors import ContextVectors
from kgqa.lm.backbone import Backbone
from kgqa.qa.calibration import Calibration, abstention_threshold, fit_calibration
from kgqa.qa.model import IMPOSSIBLE, ReaderBatch, ReaderModel, best_spans
from kgqa.qa.reader import Reader
from kgqa.qa.windows import MAX_TOKENS, ReadingPair, collate, make_windows
from kgqa.types import Passage, Question, ScoredPassage


def _passage(text: str, score: float = 1.0, start: int = 0) -> ScoredPassage:
    passage = Passage(f"p{start}-{text[:8]}", "d", start, start + len(text), text)
    return ScoredPassage(passage, "", "source.txt", score)


@given(seed=st.integers(0, 10_000), length=st.integers(2, 12), most=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_best_spans_agrees_with_trying_all(seed: int, length: int, most: int) -> None:
    logits = torch.randn(1, 2, length, generator=torch.Generator().manual_seed(seed))
    start, end, margin = best_spans(logits, most)
    best = max(
        (float(logits[0, 0, i] + logits[0, 1, j]), i, j)
        for i in range(1, length)
        for j in range(i, min(length, i + most))
    )
    null = float(logits[0, 0, 0] + logits[0, 1, 0])
    assert (int(start), int(end)) == best[1:]
    assert math.isclose(float(margin), best[0] - null, abs_tol=1e-5)


def test_windows_know_their_characters_and_leave_the_title_out(tiny_backbone: Backbone) -> None:
    pair = ReadingPair("Where?", "Marie Curie was born in Warsaw.", "Some Title")
    window = make_windows(tiny_backbone.tokenizer, [pair])[0]
    spans = [pair.text[a:b] for a, b in window.offsets if a >= 0]
    assert spans[:2] == ["Marie", "Curie"]
    assert "Title" not in spans
    batch = collate([window], tiny_backbone.pad_id)
    assert int(batch.answerable.sum()) == len(spans) + 1
    assert bool(batch.answerable[0, 0])


def test_a_long_text_is_read_in_windows_that_overlap_and_cover_it(
    tiny_backbone: Backbone,
) -> None:
    text = " ".join(f"word{i}" for i in range(400))
    windows = make_windows(tiny_backbone.tokenizer, [ReadingPair("what?", text)])
    assert len(windows) > 1
    assert all(len(window.input_ids) <= MAX_TOKENS for window in windows)
    covered = {i for w in windows for a, b in w.offsets if a >= 0 for i in range(a, b)}
    assert covered == {i for i, c in enumerate(text) if not c.isspace()}


def test_a_question_of_a_thousand_words_still_leaves_room(tiny_backbone: Backbone) -> None:
    pair = ReadingPair("why " * 1000 + "?", "Marie Curie was born in Warsaw.")
    window = make_windows(tiny_backbone.tokenizer, [pair])[0]
    assert len(window.input_ids) <= MAX_TOKENS
    assert any(start >= 0 for start, _ in window.offsets)


def test_answers_do_not_depend_on_company_or_order(
    tiny_weights: Path, tiny_backbone: Backbone
) -> None:
    reader = Reader.load(tiny_weights / "reader", tiny_backbone)
    pairs = [
        ReadingPair("Where was Marie Curie born?", "Marie Curie was born in Warsaw."),
        ReadingPair("Where did Pierre Curie die?", "Pierre Curie died in Paris. " * 5),
        ReadingPair("Who?", "Ada."),
    ]
    together = reader.read(pairs)
    backwards = reader.read(pairs[::-1])[::-1]
    alone = [reader.read([pair])[0] for pair in pairs]
    for one, other in [*zip(together, backwards, strict=True), *zip(together, alone, strict=True)]:
        assert one is not None
        assert other is not None
        assert (one.start, one.end, one.text) == (other.start, other.end, other.text)
        assert math.isclose(one.margin, other.margin, abs_tol=1e-3)


def test_the_best_evidence_wins_and_is_marked_in_document_characters(
    tiny_weights: Path, tiny_backbone: Backbone
) -> None:
    reader = Reader.load(tiny_weights / "reader", tiny_backbone)
    passages = [
        _passage("The analytical engine.", 1.0),
        _passage("Marie Curie was born in Warsaw.", 0.9, start=100),
    ]
    answer = reader.answer(Question("q", "Where was Marie Curie born?"), passages)
    assert answer.text == "Warsaw"
    assert 0 <= answer.score <= 1
    assert answer.passages[0] is passages[1]
    mark = answer.spans[0]
    assert passages[1].passage.text[mark.start - 100 : mark.end - 100] == "Warsaw"


def test_it_abstains_below_the_threshold_and_without_passages(
    tiny_weights: Path, tiny_backbone: Backbone
) -> None:
    reader = Reader.load(tiny_weights / "reader", tiny_backbone)
    reader.threshold = 1e6
    passages = [_passage("Marie Curie was born in Warsaw.")]
    assert reader.answer(Question("q", "Where was Marie Curie born?"), passages).text is None
    assert reader.answer(Question("q", "Where?"), []).text is None
    assert reader.read([]) == []
    assert reader.read([ReadingPair("q", "")]) == [None]


def test_context_vectors_enter_and_masked_ones_do_not_count(tiny_backbone: Backbone) -> None:
    torch.manual_seed(0)
    model = ReaderModel(tiny_backbone.copy_model(), 32).eval()
    window = make_windows(tiny_backbone.tokenizer, [ReadingPair("Where?", "In Warsaw.")])
    plain = collate(window, tiny_backbone.pad_id)

    def logits(mask: float) -> torch.Tensor:
        context = ContextVectors(torch.randn(1, 3, 32), torch.full((1, 3), mask).long())
        batch = ReaderBatch(
            plain.input_ids, plain.attention_mask, plain.token_type_ids, plain.answerable, context
        )
        return model(batch)

    with torch.inference_mode():
        assert logits(1).shape == model(plain).shape
        assert torch.allclose(logits(0), model(plain), atol=1e-5)
        assert not torch.allclose(logits(1), model(plain), atol=1e-4)
        assert (model(plain)[~plain.answerable[:, None].expand(-1, 2, -1)] == IMPOSSIBLE).all()


def test_calibration_ranks_and_stays_finite() -> None:
    fitted = fit_calibration([-3.0, -1.0, 1.0, 3.0], [False, False, True, True])
    assert fitted.score(-3) < 0.3 < 0.7 < fitted.score(3)
    one_sided = fit_calibration([1.0, 2.0], [True, True])
    assert math.isfinite(one_sided.slope)
    assert 0 < one_sided.score(1.5) <= 1
    assert Calibration(1.0, 0.0).score(1e9) == pytest.approx(1.0)


def test_the_threshold_parts_right_answers_from_what_has_none() -> None:
    margins, right = [8.0, 7.0, 6.0, 2.0, 1.0], [True, True, True, False, False]
    threshold = abstention_threshold(margins, right, right)
    assert 2 < threshold <= 6
    assert abstention_threshold(margins, right, [True] * 5) == 0.0
