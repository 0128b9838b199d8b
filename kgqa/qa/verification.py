"""An answer that was found in a text, read again beside less of it.

    margin = 1/2 m(text) + 1/4 m(sentence) + 1/4 m(sentence with its neighbours)

The longer a text, the more of it looks like an answer; whether the found words answer the
question stands mostly in their own sentence. A reading that finds and one that verifies tell
better together whether there is an answer (Hu et al. 2019, arXiv 1808.05759; Zhang et al. 2021,
arXiv 2001.09694); here the same network does both.
"""

from __future__ import annotations

from collections.abc import Sequence

from kgqa.documents.sentences import sentence_spans
from kgqa.lm.backbone import Backbone
from kgqa.qa.model import ReaderModel
from kgqa.qa.read_answer import ReadAnswer
from kgqa.qa.span_scores import Span, span_margins
from kgqa.qa.windows import Reading, ReadText

_WHOLE = 0.5
"""Weight of the first reading; those of less text share the rest."""
_NEIGHBOURS = (0, 1)
"""Sentences on either side that each further reading takes in."""


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
    asked = [(i, a) for i, a in enumerate(answers) if a is not None and a.kind == "span"]
    again: list[Reading] = []
    spans: list[Span] = []
    for i, answer in asked:
        for neighbours in _NEIGHBOURS:
            text, start = _excerpt(readings[i].texts[answer.index], answer, neighbours)
            again.append(Reading(readings[i].question, (text,)))
            spans.append((answer.start - start, answer.end - start))
    read = span_margins(model, backbone, again, [[span] for span in spans])
    margins = [0.0 if answer is None else answer.margin for answer in answers]
    for place, (i, answer) in enumerate(asked):
        own = slice(place * len(_NEIGHBOURS), (place + 1) * len(_NEIGHBOURS))
        found = [held.get(s, answer.margin) for held, s in zip(read[own], spans[own], strict=True)]
        margins[i] = _WHOLE * answer.margin + (1 - _WHOLE) * sum(found) / len(found)
    return margins


def _excerpt(text: ReadText, answer: ReadAnswer, neighbours: int) -> tuple[ReadText, int]:
    """The answer's sentences with so many on either side, and where they begin."""
    spans = sentence_spans(text.text)
    held = [i for i, (s, e) in enumerate(spans) if s < answer.end and e > answer.start]
    first, last = max(0, held[0] - neighbours), min(len(spans) - 1, held[-1] + neighbours)
    start, end = min(spans[first][0], answer.start), max(spans[last][1], answer.end)
    return ReadText(text.text[start:end], text.title), start
