from __future__ import annotations

import math
import random
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kgqa.context.encoder import ContextOutput
from kgqa.context.vectors import ContextVectors
from kgqa.lm.backbone import Backbone
from kgqa.qa.calibration import Calibration, abstention_threshold, fit_calibration
from kgqa.qa.model import IMPOSSIBLE, ReaderModel, best_answers, pointer_loss
from kgqa.qa.reader import Reader
from kgqa.qa.windows import MAX_TOKENS, Reading, ReadText, collate, make_windows
from kgqa.types import Passage, Question, ScoredPassage


def _passage(text: str, score: float = 1.0, start: int = 0) -> ScoredPassage:
    passage = Passage(f"p{start}-{text[:8]}", "d", start, start + len(text), text)
    return ScoredPassage(passage, "", "source.txt", score)


def _reading(question: str, text: str, title: str = "") -> Reading:
    return Reading(question, (ReadText(text, title),))


@given(seed=st.integers(0, 10_000), length=st.integers(4, 12), most=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_the_best_answer_agrees_with_trying_all(seed: int, length: int, most: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(1, 2, length + 3, generator=generator)
    texts = torch.tensor([[-1, *sorted(i % 2 for i in range(length - 1))]])
    found = best_answers(logits, texts, max_tokens=most)
    tried = [
        (float(logits[0, 0, i] + logits[0, 1, j]), i, j)
        for i in range(1, length)
        for j in range(i, min(length, i + most))
        if texts[0, i] == texts[0, j]
    ]
    tried += [(float(logits[0, :, i].sum()), i, i) for i in range(length, length + 3)]
    best = max(tried)
    assert (int(found.starts), int(found.ends)) == best[1:]
    assert math.isclose(float(found.margins), best[0] - float(logits[0, :, 0].sum()), abs_tol=1e-5)


def test_only_the_offered_spans_answer_and_none_that_joins_two() -> None:
    texts = torch.tensor([[-1, *[0] * 7]] * 2)
    logits = torch.zeros(2, 2, 10)
    logits[:, 0, 1] = logits[:, 1, 6] = 5.0  # the first's start, the second's end
    logits[:, :, 8] = 4.0  # a place beyond the texts
    free, bound = (best_answers(logits, texts, only) for only in ((), (None, [(1, 2), (5, 6)])))
    assert (free.starts.tolist(), free.ends.tolist()) == ([1, 1], [6, 6])
    assert (int(bound.starts[0]), int(bound.ends[0])) == (1, 6)
    assert (int(bound.starts[1]), int(bound.ends[1])) in ((1, 2), (5, 6))
    assert float(bound.margins[1]) == 5.0
    nowhere = best_answers(logits, texts, (None, []))
    assert float(nowhere.margins[1]) < IMPOSSIBLE


def test_windows_know_their_characters_and_leave_the_title_out(tiny_backbone: Backbone) -> None:
    pair = _reading("Where?", "Marie Curie was born in Warsaw.", "Some Title")
    window = make_windows(tiny_backbone.tokenizer, [pair])[0]
    spans = [pair.texts[0].text[a:b] for text, a, b in window.places if text >= 0]
    assert spans[:2] == ["Marie", "Curie"]
    assert "Title" not in spans
    batch = collate([window], tiny_backbone.pad_id)
    assert int((batch.texts == 0).sum()) == len(spans)


def test_a_long_text_is_read_in_windows_that_overlap_and_cover_it(
    tiny_backbone: Backbone,
) -> None:
    text = " ".join(f"word{i}" for i in range(400))
    windows = make_windows(tiny_backbone.tokenizer, [_reading("what?", text)])
    assert len(windows) > 1
    assert all(len(window.input_ids) <= MAX_TOKENS for window in windows)
    covered = {i for w in windows for t, a, b in w.places if t >= 0 for i in range(a, b)}
    assert covered == {i for i, c in enumerate(text) if not c.isspace()}


def test_a_question_of_a_thousand_words_still_leaves_room(tiny_backbone: Backbone) -> None:
    pair = _reading("why " * 1000 + "?", "Marie Curie was born in Warsaw.")
    window = make_windows(tiny_backbone.tokenizer, [pair])[0]
    assert len(window.input_ids) <= MAX_TOKENS
    assert window.texts == {0}


def test_a_title_that_would_fill_the_window_leaves_room_for_its_text(
    tiny_backbone: Backbone, tiny_weights: Path
) -> None:
    title = "on the life of Marie Curie " * 200
    pair = _reading("Where was Marie Curie born?", "Marie Curie was born in Warsaw.", title)
    (window,) = make_windows(tiny_backbone.tokenizer, [pair])
    shown = [pair.texts[0].text[a:b] for text, a, b in window.places if text >= 0]
    assert "".join(shown) == "MarieCuriewasborninWarsaw."
    passage = replace(_passage("Marie Curie was born in Warsaw."), title=title)
    reader = Reader.load(tiny_weights / "reader", tiny_backbone)
    assert 0 <= reader.answer(Question("q", pair.question), [passage]).score <= 1


def test_a_text_without_a_token_is_not_read(tiny_backbone: Backbone) -> None:
    assert make_windows(tiny_backbone.tokenizer, [_reading("Where?", "\u200b", "A title")]) == []


def test_texts_are_read_together_while_they_fit(tiny_backbone: Backbone) -> None:
    texts = tuple(ReadText(f"fact {i} " + "word " * 20, f"Title {i}") for i in range(5))
    windows = make_windows(tiny_backbone.tokenizer, [Reading("what?", texts)])
    assert 1 < len(windows) < 5
    assert all(len(window.input_ids) <= MAX_TOKENS for window in windows)
    assert sorted(text for window in windows for text in window.texts) == [0, 1, 2, 3, 4]
    for window in windows:
        for text, start, end in window.places:
            assert text < 0 or texts[text].text[start:end].strip()


def test_answers_do_not_depend_on_company_or_order(
    tiny_weights: Path, tiny_backbone: Backbone
) -> None:
    reader = Reader.load(tiny_weights / "reader", tiny_backbone)
    pairs = [
        _reading("Where was Marie Curie born?", "Marie Curie was born in Warsaw."),
        _reading("Where did Pierre Curie die?", "Pierre Curie died in Paris. " * 5),
        _reading("Who?", "Ada."),
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
    reader.calibration = replace(reader.calibration, threshold=1e6)
    passages = [_passage("Marie Curie was born in Warsaw.")]
    assert reader.answer(Question("q", "Where was Marie Curie born?"), passages).text is None
    assert reader.answer(Question("q", "Where?"), []).text is None
    assert reader.read([]) == []
    assert reader.read([_reading("q", "")]) == [None]


def _context(nodes: list[int], mask: list[int]) -> ContextOutput:
    vectors = torch.randn(1, len(nodes), 32, generator=torch.Generator().manual_seed(1))
    return ContextOutput(
        ContextVectors(vectors, torch.tensor([mask])), torch.tensor([nodes]), torch.zeros(2)
    )


def test_context_vectors_enter_and_masked_ones_do_not_count(tiny_backbone: Backbone) -> None:
    torch.manual_seed(0)
    model = ReaderModel(tiny_backbone.copy_model(), 32).eval()
    window = make_windows(tiny_backbone.tokenizer, [_reading("Where?", "In Warsaw.")])
    batch = collate(window, tiny_backbone.pad_id)
    length = batch.texts.shape[1]
    with torch.inference_mode():
        plain = model(batch)
        read = model(batch, _context([0, 1, -1], [1, 1, 1]))
        masked = model(batch, _context([-1, -1, -1], [0, 0, 0]))
    assert plain.shape == (1, 2, length + 2)
    assert read.shape == masked.shape == (1, 2, length + 5)
    assert torch.allclose(masked[..., : length + 2], plain, atol=1e-5)
    assert not torch.allclose(read[..., :length], plain[..., :length], atol=1e-4)
    assert (read[..., length + 2 : length + 4] > IMPOSSIBLE).all()
    assert (read[..., length + 4] == IMPOSSIBLE).all()
    assert (masked[..., length + 2 :] == IMPOSSIBLE).all()
    outside = batch.texts[0] < 0
    outside[0] = False
    assert (plain[0, :, :length][:, outside] == IMPOSSIBLE).all()


def test_any_accepted_place_satisfies_the_pointer() -> None:
    logits = torch.full((1, 2, 5), -9.0)
    logits[0, :, 3] = 9.0
    accepted = torch.tensor([[False, True, False, True, False]])
    assert float(pointer_loss(logits, accepted, accepted)) < 1e-3
    other = torch.tensor([[True, False, False, False, False]])
    assert float(pointer_loss(logits, other, other)) > 10


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
    assert abstention_threshold(margins, right, right, expected=1.0) <= 6
    doubtful = [9.0, 4.0, 3.0, 5.0], [True, True, True, False]
    assert abstention_threshold(*doubtful, doubtful[1]) > 5
    assert abstention_threshold(*doubtful, doubtful[1], expected=0.9) <= 3
    assert abstention_threshold(margins, right, [True] * 5) == 0.0


def test_the_threshold_of_a_few_hundred_questions_is_no_chance() -> None:
    draw = random.Random(0)
    found = []
    for _ in range(30):
        margins = [draw.gauss(4, 4) for _ in range(200)] + [draw.gauss(-2, 4) for _ in range(200)]
        answerable = [True] * 200 + [False] * 200
        found.append(abstention_threshold(margins, answerable, answerable))
    assert statistics.mean(found) == pytest.approx(1, abs=0.3)  # where the two are as likely
    assert statistics.stdev(found) < 0.6  # the best hard cuts of these draws: 0.8
