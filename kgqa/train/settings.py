"""What the `kgqa train` verbs take; no torch here, so that `--help` stays quick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReaderTraining:
    """Settings of `kgqa train reader`.

    Attributes:
        train: SQuAD JSON, QED or QAMR JSON lines.
        dev: SQuAD JSON; None holds one article in forty of the training files aside.
        out: folder for weights, card and checkpoint.
        resume: go on from the checkpoint in `out`.
        epochs, batch_size, learning_rate, seed: of the training loop.
        limit: train on so many questions, drawn with `seed`; None takes all.
        unanswerable: questions with a passage that does not answer them, as a share of the
            answerable ones.
        altered: questions changed so that their passage does not answer them, likewise.
        abstain: SQuAD 2.0 files; their unanswerable questions are trained on, but for each
            third article, which stays aside to be measured on.
        start: a folder of reader weights to go on from; their rank may be smaller.
        rank: of the LoRA adapter.
    """

    train: tuple[Path, ...]
    dev: Path | None
    out: Path
    resume: bool = False
    epochs: int = 1
    batch_size: int = 16
    learning_rate: float = 1e-3
    seed: int = 0
    limit: int | None = None
    unanswerable: float = 0.1
    altered: float = 0.0
    abstain: tuple[Path, ...] = ()
    start: Path | None = None
    rank: int = 32


@dataclass(frozen=True, slots=True)
class ExtractorTraining:
    """Settings of `kgqa train extractor`.

    Attributes:
        train: DocRED JSON, KnowledgeNet JSON lines or CoNLL04 text.
        dev: the same; None holds one document in eight of the first training file aside.
        out: folder for weights, card and checkpoint.
        resume: go on from the checkpoint in `out`.
        epochs, batch_size, learning_rate, seed: of the training loop.
        limit: train on so many documents; None takes all.
        rank: of the LoRA adapter.
    """

    train: tuple[Path, ...]
    dev: Path | None
    out: Path
    resume: bool = False
    epochs: int = 16
    batch_size: int = 4
    learning_rate: float = 1e-3
    seed: int = 0
    limit: int | None = None
    rank: int = 32
