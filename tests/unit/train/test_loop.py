from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from kgqa.errors import WeightsError
from kgqa.train.loop import Loop, LoopSettings, shuffled

Batch = tuple[Tensor, Tensor]


def _model(dtype: torch.dtype = torch.float32, dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(4, 1)).to(dtype)


def _batches(epoch: int) -> Sequence[Batch]:
    generator = torch.Generator().manual_seed(epoch)
    weights = torch.tensor([[1.0], [-2.0], [0.5], [3.0]])
    inputs = [torch.randn(8, 4, generator=generator) for _ in range(10)]
    return [(x, x @ weights) for x in inputs]


def _loop(model: nn.Module, out: Path, digest: str = "", **changes: float) -> Loop[Batch]:
    settings = LoopSettings(**{"epochs": 6, "learning_rate": 0.5, "weight_decay": 0.0, **changes})  # type: ignore[arg-type]

    def loss(batch: Batch) -> Tensor:
        x, y = batch
        return ((model(x.to(next(model.parameters()).dtype)).float() - y) ** 2).mean()

    return Loop(model, _batches, loss, lambda: -float(loss(_batches(99)[0])), settings, out, digest)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_learns(dtype: torch.dtype, tmp_path: Path) -> None:
    fit = _loop(_model(dtype), tmp_path).run()
    first, best = fit.scores[0][1], fit.best
    assert best > -0.05
    assert best > first
    assert fit.steps == 60


def test_a_resumed_training_ends_where_an_undisturbed_one_does(tmp_path: Path) -> None:
    whole = _model(dropout=0.3)
    _loop(whole, tmp_path / "whole").run()

    stopped = _model(dropout=0.3)
    loop = _loop(stopped, tmp_path / "stopped", checkpoint_seconds=0.0)
    loss, calls = loop.loss, 0

    def interrupted(batch: Batch) -> Tensor:
        nonlocal calls
        calls += 1
        if calls == 34:
            raise KeyboardInterrupt
        return loss(batch)

    loop.loss = interrupted
    with pytest.raises(KeyboardInterrupt):
        loop.run()
    resumed = _model(dropout=0.3)
    fit = _loop(resumed, tmp_path / "stopped").run(resume=True)
    assert fit.steps == 60
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


def test_accumulated_batches_make_one_step(tmp_path: Path) -> None:
    assert _loop(_model(), tmp_path, accumulate=5).run().steps == 12


def test_it_stops_early_and_keeps_the_best(tmp_path: Path) -> None:
    model = _model()
    scores = iter([1.0, 5.0, 2.0, 3.0, 9.0, 9.0])
    kept: list[Tensor] = []
    loop = _loop(model, tmp_path, patience=2)

    def evaluate() -> float:
        kept.append(next(model.parameters()).detach().clone())
        return next(scores)

    loop.evaluate = evaluate
    fit = loop.run()
    assert [score for _, score in fit.scores] == [1.0, 5.0, 2.0, 3.0]
    assert fit.best == 5.0
    assert torch.equal(next(model.parameters()), kept[1])


def test_a_training_that_stopped_early_stays_stopped(tmp_path: Path) -> None:
    changes = {"patience": 1, "checkpoint_seconds": 0.0}
    loop = _loop(_model(), tmp_path, **changes)
    scores = iter([5.0, 1.0])
    loop.evaluate = lambda: next(scores)
    loop.checkpoint.save(loop.run(), loop.best_tensors)
    again = _loop(_model(), tmp_path, **changes)
    again.evaluate = lambda: pytest.fail("it goes on")
    assert again.run(resume=True).steps == 20


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    _loop(_model(), tmp_path, "one", checkpoint_seconds=0.0).run()
    with pytest.raises(WeightsError, match="the same options and files, got another"):
        _loop(_model(), tmp_path, "another").run(resume=True)
    assert _loop(_model(), tmp_path, "one").run(resume=True).steps == 60


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    assert shuffled(range(50), 1, 2) == shuffled(range(50), 1, 2)
    assert shuffled(range(50), 1, 2) != shuffled(range(50), 1, 3)
    assert sorted(shuffled(range(50), 1, 2)) == list(range(50))
