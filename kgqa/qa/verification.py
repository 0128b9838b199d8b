"""An answer that was found in a text, read again beside less of it.

    margin = 1/2 m(text) + 1/4 m(sentence) + 1/4 m(sentence with its neighbours)

The longer a text, the more of it looks like an answer; whether the found words answer the
question stands mostly in their own sentence. A reading that finds and one that verifies tell
better together whether there is an answer (Hu et al. 2019, arXiv 1808.05759; Zhang et al. 2021,
arXiv 2001.09694); here the same network does both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kgqa.documents.sentences import sentence_spans, sentences_over
from kgqa.lm.backbone import Backbone
from kgqa.qa.model import ReaderModel
from kgqa.qa.read_answer import ReadAnswer
from kgqa.qa.span_scores import span_margins
from kgqa.qa.windows import Reading, ReadText

_NEIGHBOURS = (0, 1)
"""Sentences on either side that each further reading takes in."""
_SHARE = 0.25
"""Of each further reading in the margin; the first has the rest."""


def verified_margins(
    model: ReaderModel,
    backbone: Backbone,
    readings: Sequence[Reading],
    answers: Sequence[ReadAnswer | None],
) -> list[float]:
    """The margin of each answer over all its readings; its own where it is no span.

    Args:
        answers: one for each reading, found in its whole text; None counts 0.
    """
    margins = [0.0 if answer is None else answer.margin for answer in answers]
    excerpts = [
        (i, answer, *excerpt)
        for i, answer in enumerate(answers)
        if answer is not None and answer.kind == "span"
        for excerpt in _excerpts(readings[i].texts[answer.index], answer)
    ]
    again = [Reading(readings[i].question, (text,)) for i, _, text, _ in excerpts]
    spans = [(answer.start - begin, answer.end - begin) for _, answer, _, begin in excerpts]
    read = span_margins(model, backbone, again, [[span] for span in spans])
    for (i, answer, _, _), span, held in zip(excerpts, spans, read, strict=True):
        margins[i] += _SHARE * (held.get(span, answer.margin) - answer.margin)
    return margins


def _excerpts(text: ReadText, answer: ReadAnswer) -> Iterator[tuple[ReadText, int]]:
    """The answer's sentences with so many on either side, and where they begin; not the whole
    text, whose margin is known."""
    spans = sentence_spans(text.text)
    held = sentences_over(spans, answer.start, answer.end)
    for neighbours in _NEIGHBOURS:
        first, last = max(0, held[0] - neighbours), min(len(spans) - 1, held[-1] + neighbours)
        if last - first + 1 < len(spans):
            start, end = min(spans[first][0], answer.start), max(spans[last][1], answer.end)
            yield ReadText(text.text[start:end], text.title), start
