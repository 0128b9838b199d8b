"""How much a reader holds of given spans: the names of a text, for a question.

The reader's own choice is its best span; these are the margins of others, by the same
logits, where it is known what kind of name the answer is.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from kgqa.lm.backbone import Backbone
from kgqa.qa.model import ReaderModel, best_answers
from kgqa.qa.windows import Reading, collate, make_windows, window_batches

_BATCH = 16

Span = tuple[int, int]
"""Half-open characters of a text."""


@torch.inference_mode()
def span_margins(
    model: ReaderModel,
    backbone: Backbone,
    readings: Sequence[Reading],
    spans: Sequence[Sequence[Span]],
) -> list[dict[Span, float]]:
    """The margin of each span over "no answer here", and of the best span of each reading.

    Args:
        model: a reader's network on this backbone, which gives the tokens.
        readings: of one text each.
        spans: of each reading's text.

    Returns:
        For each reading span -> margin, the best of the windows that show it whole; a span
        that no window shows is left out.
    """
    found: list[dict[Span, float]] = [{} for _ in readings]
    windows = make_windows(backbone.tokenizer, readings) if readings else []
    for group in window_batches(windows, _BATCH, mixed=model.packs):
        batch = collate([windows[i] for i in group], backbone.pad_id)
        logits = model(batch)
        best = best_answers(logits, batch.texts)
        for row, i in enumerate(group):
            window, held = windows[i], found[windows[i].reading]
            starts, ends = logits[row].tolist()
            none = starts[0] + ends[0]
            places = [(int(best.starts[row]), int(best.ends[row]))]
            places += window.tokens((0, start, end) for start, end in spans[window.reading])
            for first, last in places:
                if last >= len(window.places) or window.places[first][0] < 0:
                    continue
                span = (window.places[first][1], window.places[last][2])
                margin = starts[first] + ends[last] - none
                held[span] = max(margin, held.get(span, margin))
    return found
