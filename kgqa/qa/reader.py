"""The extractive reader: passages in one batch, the best evidence wins, or nothing does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from kgqa.lm.adapter import adapted_model, load_adapter
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import length_buckets
from kgqa.qa.calibration import Calibration
from kgqa.qa.model import ReaderModel, best_spans
from kgqa.qa.windows import ReadingPair, Window, collate, make_windows
from kgqa.types import Answer, AnswerSpan, Question, ScoredPassage

_BATCH = 16
_RETRIEVAL_WEIGHT = 1.0
"""How much a factor of e in retrieval score counts against one logit of the reader."""


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """The best span of a text, half-open characters.

    `margin` is its logit over "no answer here"; `score` in [0, 1] is the calibrated
    probability that it is right.
    """

    start: int
    end: int
    text: str
    margin: float
    score: float


class Reader:
    """
    Args:
        model: the network with its adapter merged.
        backbone: for its tokenizer.
        calibration: margin -> probability.
        threshold: the least margin of an answer; below it the reader abstains.
    """

    def __init__(
        self,
        model: ReaderModel,
        backbone: Backbone,
        calibration: Calibration,
        threshold: float = 0.0,
    ) -> None:
        self.model = model.eval()
        self.backbone = backbone
        self.calibration = calibration
        self.threshold = threshold

    @classmethod
    def load(cls, folder: Path, backbone: Backbone) -> Reader:
        """Raises WeightsError when the weights are missing, changed or do not fit."""
        saved = load_adapter(folder, "reader", backbone)
        model = ReaderModel(adapted_model(backbone, saved), backbone.width)
        model.pointer.load_state_dict(saved.head("pointer"))
        card = saved.card
        return cls(model, backbone, Calibration(**card["calibration"]), card["threshold"])

    @torch.inference_mode()
    def read(self, pairs: Sequence[ReadingPair]) -> list[ReadSpan | None]:
        """The best span of each text; None for a text without a token to point at."""
        windows = make_windows(self.backbone.tokenizer, pairs) if pairs else []
        best: list[ReadSpan | None] = [None] * len(pairs)
        for group in length_buckets([len(w.input_ids) for w in windows], _BATCH):
            batch = collate([windows[i] for i in group], self.backbone.pad_id)
            starts, ends, margins = best_spans(self.model(batch))
            for row, i in enumerate(group):
                span = self._span(
                    windows[i],
                    pairs[windows[i].pair].text,
                    int(starts[row]),
                    int(ends[row]),
                    float(margins[row]),
                )
                held = best[windows[i].pair]
                if span is not None and (held is None or span.margin > held.margin):
                    best[windows[i].pair] = span
        return best

    def answer(self, question: Question, passages: Sequence[ScoredPassage]) -> Answer:
        """Read the passages and answer from the one with the best evidence.

        Args:
            passages: best first; their scores are comparable with each other.

        Returns:
            An answer without triples; its text is None when no span is above the threshold.
        """
        pairs = [ReadingPair(question.text, p.passage.text, p.title) for p in passages]
        spans = self.read(pairs)
        top = max((p.score for p in passages), default=1.0) or 1.0
        ranked = sorted(
            (
                (span.margin + _RETRIEVAL_WEIGHT * math.log(max(p.score, 1e-6 * top) / top), i)
                for i, (span, p) in enumerate(zip(spans, passages, strict=True))
                if span is not None and span.text.strip()
            ),
            reverse=True,
        )
        if not ranked:
            return Answer(question.id, None, 0.0, passages=tuple(passages))
        best = spans[ranked[0][1]]
        assert best is not None
        if best.margin < self.threshold:
            return Answer(question.id, None, best.score, passages=tuple(passages))
        marks = tuple(
            _mark(span, passages[i])
            for _, i in ranked
            if (span := spans[i]) is not None and span.text.casefold() == best.text.casefold()
        )
        order = [ranked[0][1], *(i for i in range(len(passages)) if i != ranked[0][1])]
        read = tuple(passages[i] for i in order)
        return Answer(question.id, best.text, best.score, passages=read, spans=marks)

    def _span(
        self, window: Window, text: str, start: int, end: int, margin: float
    ) -> ReadSpan | None:
        if start == 0 or window.offsets[start][0] < 0 or window.offsets[end][0] < 0:
            return None
        first, last = window.offsets[start][0], window.offsets[end][1]
        return ReadSpan(first, last, text[first:last], margin, self.calibration.score(margin))


def _mark(span: ReadSpan, passage: ScoredPassage) -> AnswerSpan:
    start = passage.passage.start + span.start
    return AnswerSpan(passage.passage.id, passage.source, start, start + len(span.text), span.text)
