"""What the `kgqa train` verbs take; no torch here, so that `--help` stays quick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kgqa.types import AdapterKind, ContextName

GraphEncoder = Literal["gnn", "attention", "memory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What every training takes.

    Attributes:
        train: training files.
        dev: a development file; None holds a part of the training files aside.
        out: folder for weights, card and checkpoint.
        resume: go on from the checkpoint in `out`.
        epochs, batch_size, learning_rate, seed: of the training loop.
        weight_decay: L2, decoupled from the gradient (AdamW).
        patience: stop early after so many dev scores without a gain; None never does.
        limit: train on so many examples, drawn with `seed`; None takes all.
    """

    train: tuple[Path, ...]
    dev: Path | None = None
    out: Path
    resume: bool = False
    epochs: int = 1
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    patience: int | None = None
    seed: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderTraining(Training):
    """Settings of `kgqa train reader`.

    Attributes:
        train: SQuAD JSON, QED or QAMR JSON lines; none trains on what follows alone.
        dev: SQuAD JSON; None holds one article in forty of the training files aside.
        excerpts: share of the questions, and of what is made of them, that are read beside a
            few sentences only: around the answer, or those nearest to the question without one.
        unanswerable: questions with a passage that does not answer them, as a share of the
            answerable ones.
        altered: questions changed so that their passage does not answer them, likewise; above 1,
            several of each question.
        reworded: share of the questions, and of what is made of them, in which words are put in
            the place of others that mean the same.
        renamed: share of `abstain`'s questions in which names and rare words stand for others, in
            their text too, drawn anew for each copy; half of that share of the other single texts.
        cut: questions beside their passage without the sentence that answers them, likewise.
        abstain: SQuAD 2.0 files; their unanswerable questions are trained on, but for each
            third article. A third of these sets the threshold, two thirds are for measuring.
        abstain_times: how often each of these questions is read in an epoch; people's are few.
        start: a folder of reader weights to go on from; their adapter is of the same kind, and
            its size may be smaller (a prompt's may not).
        teachers: folders of reader weights, of this backbone or of larger ones with the same
            tokens, whose mean probabilities the training follows where it reads text only.
        distill: weight of that in the loss, in [0, 1]; the rest is the questions' own answers'.
        adapter: `lora`, `bottleneck` or `prompt`.
        size: LoRA's rank, the bottleneck's width, or the number of virtual tokens.
        blend: share of the trained weights in what is written; the rest is `start`'s, in [0, 1].
        dropout: of the backbone's layers; random numbers take a fifth of a step, and one pass
            over a large training file does not need them.
        multihop: HotpotQA, MuSiQue or 2wiki questions; a `corpus.json` beside a file holds
            the passages that it does not bring along.
        stores: URLs of ingested stores that give the subgraphs of `multihop`, paired with it
            in order, or one for all; none reads text only.
        make_questions: questions made from the graph of each store of `make_from`.
        make_from: URLs of ingested stores.
        together: questions of `train` whose passage is read among others of its article.
        context: the context encoder that is trained with the reader.
        start_context: a folder of `kgqa train context` weights that it goes on from.
    """

    train: tuple[Path, ...] = ()
    excerpts: float = 0.0
    unanswerable: float = 0.1
    altered: float = 0.0
    reworded: float = 0.0
    renamed: float = 0.0
    cut: float = 0.0
    abstain: tuple[Path, ...] = ()
    abstain_times: int = 1
    start: Path | None = None
    teachers: tuple[Path, ...] = ()
    distill: float = 0.7
    blend: float = 1.0
    adapter: AdapterKind = "lora"
    size: int = 32
    dropout: float = 0.0
    multihop: tuple[Path, ...] = ()
    stores: tuple[str, ...] = ()
    make_questions: int = 0
    make_from: tuple[str, ...] = ()
    together: int = 0
    context: ContextName = "none"
    start_context: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractorTraining(Training):
    """Settings of `kgqa train extractor`.

    Attributes:
        train: DocRED JSON, KnowledgeNet JSON lines or CoNLL04 text.
        dev: the same; None holds one document in eight of the first training file aside.
        rank: of the LoRA adapter.
    """

    epochs: int = 16
    batch_size: int = 4
    rank: int = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierTraining(Training):
    """Settings of `kgqa train verifier`.

    Attributes:
        train: DocRED JSON, KnowledgeNet JSON lines or CoNLL04 text.
        pairs: FewRel JSON lines.
        labels: FewRel's `relations.json`, which names the relations of `pairs`.
        made: statements made from templates, half of them of what is denied, supposed or near.
        rank: of the LoRA adapter.
        evaluations: dev scores an epoch.
    """

    pairs: tuple[Path, ...] = ()
    labels: Path | None = None
    made: int = 0
    batch_size: int = 32
    rank: int = 16
    evaluations: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTraining(Training):
    """Settings of `kgqa train context`.

    Attributes:
        train: question files, MetaQA's or PathQuestion's form; none trains on made questions.
        triples: their graphs, paired with `train` in order, or one for all; further graphs
            give made questions only.
        dev: a question file over the first graph; None holds one question in forty aside.
        limit: questions of each file at most, drawn with `seed`; None takes all.
        make_questions: questions made from each graph's own triples.
        properties: JSON list of Wikidata properties with labels; None trains without them.
        matching: SimpleQuestions files, questions with their property.
        property_questions: questions taken of each of them, and made from random properties.
        start: a folder of context weights of the same encoder and sizes to go on from, such as
            the shipped ones for a graph that was just imported.
        context: the encoder that is trained; `gnn` alone takes `properties` and `paths`.
        paths: train a scorer of relation paths beside the encoder, on the same questions.
        keep_encoder: leave the encoder of `start` as it is and train the path scorer alone.
        steps: hops that the network walks.
        width: of its states.
        evaluations: dev scores an epoch.
    """

    train: tuple[Path, ...] = ()
    triples: tuple[Path, ...]
    epochs: int = 2
    batch_size: int = 48
    learning_rate: float = 2e-3
    make_questions: int = 0
    properties: Path | None = None
    matching: tuple[Path, ...] = ()
    property_questions: int = 10000
    start: Path | None = None
    context: GraphEncoder = "gnn"
    paths: bool = False
    keep_encoder: bool = False
    steps: int = 3
    width: int = 128
    evaluations: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorTraining(Training):
    """Settings of `kgqa train generator`; the causal LM is the setting `lm`.

    Attributes:
        train: SQuAD JSON, QED or QAMR JSON lines.
        dev: SQuAD JSON; None holds one article in forty of the training files aside.
        accumulate: batches whose gradients make one step.
        unanswerable: questions with a passage that does not answer them, as a share of the
            answerable ones.
        adapter: `lora`, `bottleneck` or `prompt`.
        size: LoRA's rank, the bottleneck's width, or the number of virtual tokens.
        dropout: of the adapter.
        context: the context encoder that is trained with the adapter; its virtual tokens enter
            the LM.
        stores: URLs of ingested stores; the first that knows a question's names gives its
            subgraph.
        start_context: a folder of `kgqa train context` weights that it goes on from.
    """

    batch_size: int = 4
    accumulate: int = 4
    learning_rate: float = 3e-4
    unanswerable: float = 0.1
    adapter: AdapterKind = "lora"
    size: int = 16
    dropout: float = 0.0
    context: ContextName = "none"
    stores: tuple[str, ...] = ()
    start_context: Path | None = None
