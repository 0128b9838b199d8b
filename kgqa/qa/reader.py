"""The extractive reader: passages read together, the best evidence wins, or nothing does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from kgqa.lm.adapter import adapted_model, load_adapter
from kgqa.lm.backbone import Backbone
from kgqa.lm.precision import Precision
from kgqa.lm.reading_bert import for_reading
from kgqa.qa.alternatives import alternatives
from kgqa.qa.calibration import Calibration
from kgqa.qa.model import ReaderModel, best_answers, loaded_model
from kgqa.qa.read_answer import ReadAnswer, pointed_answer
from kgqa.qa.spans import spans_of
from kgqa.qa.verification import verified_margins
from kgqa.qa.windows import Reading, ReadText, Window, collate, make_windows, window_batches
from kgqa.types import Answer, AnswerSpan, Question, ScoredPassage, Subgraph

if TYPE_CHECKING:
    from kgqa.context.encoder import ContextOutput
    from kgqa.qa.graph_context import DialogueMemory, SubgraphReader
    from kgqa.retrieve.verbalize import Verbalizer

_BATCH = 16
_NONE = {"name": "none"}
_RETRIEVAL_WEIGHT = 1.0
"""How much a factor of e in retrieval score counts against one logit of the reader."""


class Reader:
    """
    Args:
        model: the network with its adapter in it.
        backbone: for its tokenizer.
        calibration: margin -> probability, and the threshold, for one text.
        subgraphs: reads the subgraph of a question; None reads text only.
        together: the same for passages that are read in one window while they fit, if the
            weights were trained so; None reads each alone.
        verified: the same for one text whose answer is read again (`verification`); None reads
            once, as the weights of before were calibrated.
    """

    def __init__(
        self,
        model: ReaderModel,
        backbone: Backbone,
        calibration: Calibration,
        subgraphs: SubgraphReader | None = None,
        together: Calibration | None = None,
        verified: Calibration | None = None,
    ) -> None:
        self.model = model.eval()
        self.backbone = backbone
        self.calibration = calibration
        self.subgraphs = subgraphs
        self.together = together
        self.verified = verified

    @classmethod
    def load(
        cls,
        folder: Path,
        backbone: Backbone,
        verbalizer: Verbalizer | None = None,
        precision: Precision | None = None,
    ) -> Reader:
        """
        Args:
            verbalizer: puts relations into words; None reads text only.
            precision: as `for_reading` takes it.

        Raises:
            WeightsError: the weights are missing, changed or do not fit.
        """
        saved = load_adapter(folder, "reader", backbone)
        adapted = for_reading(adapted_model(backbone, saved), precision)
        model = loaded_model(saved, adapted, backbone.width)
        card = saved.card
        subgraphs = None
        if verbalizer is not None and card.get("context", _NONE)["name"] != "none":
            from kgqa.qa.graph_context import load_subgraph_reader

            subgraphs = load_subgraph_reader(saved, backbone, verbalizer)
        single = Calibration(**card["calibration"], threshold=card["threshold"])
        together, verified = (
            Calibration(**card[name]) if card.get(name) else None
            for name in ("together", "verified")
        )
        return cls(model, backbone, single, subgraphs, together, verified)

    @property
    def threshold(self) -> float:
        """The least margin of an answer that `read` finds; below it the reader abstains."""
        return (self.verified or self.calibration).threshold

    @torch.inference_mode()
    def read(self, readings: Sequence[Reading]) -> list[ReadAnswer | None]:
        """The best answer of each reading of one text; None where there is nothing to point at."""
        best: list[ReadAnswer | None] = [None] * len(readings)
        for answer, window in self._answers(readings, None, self.calibration):
            held = best[window.reading]
            if held is None or answer.margin > held.margin:
                best[window.reading] = answer
        return best if self.verified is None else self._verified(readings, best, self.verified)

    def _verified(
        self,
        readings: Sequence[Reading],
        answers: Sequence[ReadAnswer | None],
        calibration: Calibration,
    ) -> list[ReadAnswer | None]:
        """The same answers with margins and scores that further readings share in."""
        margins = verified_margins(self.model, self.backbone, readings, answers)
        return [
            answer and replace(answer, margin=margin, score=calibration.score(margin))
            for answer, margin in zip(answers, margins, strict=True)
        ]

    def _answers(
        self,
        readings: Sequence[Reading],
        contexts: Sequence[ContextOutput] | None,
        calibration: Calibration,
    ) -> list[tuple[ReadAnswer, Window]]:
        """The best answer of each window that has one.

        Args:
            contexts: virtual tokens of each reading's subgraph, batches of one.
        """
        windows = make_windows(self.backbone.tokenizer, readings) if readings else []
        found = []
        size = _BATCH if contexts is None else 1
        for group in window_batches(windows, size, mixed=self.model.packs):
            batch = collate([windows[i] for i in group], self.backbone.pad_id)
            context = None if contexts is None else contexts[windows[group[0]].reading]
            logits = self.model(batch, context)
            offered = [readings[windows[i].reading].only for i in group]
            only = [
                None if places is None else windows[i].tokens(places)
                for i, places in zip(group, offered, strict=True)
            ]
            best = best_answers(logits, batch.texts, only)
            for row, i in enumerate(group):
                answer = pointed_answer(
                    windows[i],
                    readings[windows[i].reading],
                    (int(best.starts[row]), int(best.ends[row])),
                    batch.texts.shape[1],
                    context,
                    float(best.margins[row]),
                    calibration,
                )
                if answer is not None:
                    found.append((answer, windows[i]))
        return found

    @torch.inference_mode()
    def answer(
        self,
        question: Question,
        passages: Sequence[ScoredPassage],
        subgraph: Subgraph | None = None,
        memory: DialogueMemory | None = None,
    ) -> Answer:
        """Read the passages together and answer from the best evidence.

        Args:
            passages: best first; their scores are comparable with each other.
            subgraph: of the question; read where the weights have a context encoder.
            memory: of the dialogue; this turn is written into it.

        Returns:
            An answer without triples; its text is None when none is above the threshold.
        """
        found = self._weighed(question.text, passages, subgraph, memory)
        if not found:
            return Answer(question.id, None, 0.0, passages=tuple(passages))
        best = max(found, key=lambda pair: pair[0])[1]
        if best.margin < (self.together or self.calibration).threshold:
            return Answer(question.id, None, best.score, passages=tuple(passages))
        spans = _marks(best, [answer for _, answer in found], passages)
        marked = {span.passage_id for span in spans}
        read = sorted(passages, key=lambda scored: scored.passage.id not in marked)
        return Answer(question.id, best.text, best.score, passages=tuple(read), spans=spans)

    def _weighed(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        subgraph: Subgraph | None,
        memory: DialogueMemory | None,
    ) -> list[tuple[float, ReadAnswer]]:
        """The best answer of each window with its weight: its margin, less what retrieval has
        against the passage; `index` counts the passages."""
        texts = [ReadText(p.passage.text, p.title) for p in passages]
        places = range(len(texts))
        groups = [[i] for i in places] if self.together is None else [places]
        offered = alternatives(question, [one.text for one in texts])
        readings = [_reading(question, texts, group, offered) for group in groups]
        contexts = None
        if self.subgraphs is not None and subgraph is not None and subgraph.entities:
            contexts = [self.subgraphs.read(question, subgraph, memory)] * len(readings)
        top = max((p.score for p in passages), default=1.0) or 1.0
        weighed = []
        calibration = self.together or self.calibration
        for answer, window in self._answers(readings, contexts, calibration):
            group = groups[window.reading]
            bearing = {group[i] for i in window.texts}
            if answer.kind == "span":
                answer = replace(answer, index=group[answer.index])
                bearing = {answer.index}
            elif answer.kind == "node" and subgraph is not None:
                answer = replace(answer, text=subgraph.entities[answer.index].name)
            score = max(passages[i].score for i in bearing)
            prior = math.log(max(score, 1e-6 * top) / top)
            weighed.append((answer.margin + _RETRIEVAL_WEIGHT * prior, answer))
        return weighed


def _reading(
    question: str,
    texts: Sequence[ReadText],
    group: Sequence[int],
    offered: Sequence[tuple[int, int, int]],
) -> Reading:
    """The group's texts, answered by one of the places that the question offers, if it does."""
    only = tuple((group.index(i), start, end) for i, start, end in offered if i in group)
    return Reading(question, tuple(texts[i] for i in group), only if offered else None)


def _marks(
    best: ReadAnswer, found: Sequence[ReadAnswer], passages: Sequence[ScoredPassage]
) -> tuple[AnswerSpan, ...]:
    """Where the passages state the answer: the places pointed at; for a node its name's."""
    if best.kind == "node":
        return spans_of(best.text, passages)
    same = (a for a in found if a.kind == "span" and a.text.casefold() == best.text.casefold())
    marks = []
    for answer in sorted(same, key=lambda a: a is not best):
        passage = passages[answer.index]
        start = passage.passage.start + answer.start
        end = start + len(answer.text)
        marks.append(AnswerSpan(passage.passage.id, passage.source, start, end, answer.text))
    return tuple(marks)
