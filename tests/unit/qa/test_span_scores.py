from __future__ import annotations

import pytest
import torch

from kgqa.lm.backbone import Backbone
from kgqa.qa.calibration import Calibration
from kgqa.qa.model import ReaderModel
from kgqa.qa.reader import Reader
from kgqa.qa.span_scores import span_margins
from kgqa.qa.windows import Reading, ReadText

TEXT = "Marie Curie was born in Warsaw and studied in Paris."


@pytest.fixture
def reader(tiny_backbone: Backbone) -> Reader:
    torch.manual_seed(3)
    model = ReaderModel(tiny_backbone.copy_model(), tiny_backbone.width, verdicts=False)
    return Reader(model, tiny_backbone, Calibration(1.0, 0.0))


def test_the_best_span_is_the_readers_and_no_other_is_better(reader: Reader) -> None:
    readings = [Reading(q, (ReadText(TEXT),)) for q in ("Where was she born?", "Who studied?")]
    spans = [(TEXT.index(name), TEXT.index(name) + len(name)) for name in ("Warsaw", "Paris")]
    found = span_margins(reader.model, reader.backbone, readings, [spans, spans])
    for margins, own in zip(found, reader.read(readings), strict=True):
        assert own is not None
        assert margins[own.start, own.end] == pytest.approx(own.margin, abs=1e-4)
        assert set(spans) <= set(margins)
        assert max(margins.values()) <= own.margin + 1e-4


def test_spans_that_are_no_tokens_and_texts_beyond_a_window(reader: Reader) -> None:
    long = " ".join([TEXT] * 60)
    last = (long.rindex("Paris"), long.rindex("Paris") + 5)
    (margins,) = span_margins(
        reader.model, reader.backbone, [Reading("Where?", (ReadText(long),))], [[last, (1, 3)]]
    )
    assert last in margins
    assert (1, 3) not in margins
    assert span_margins(reader.model, reader.backbone, [], []) == []
