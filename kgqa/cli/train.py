"""`kgqa train PART`: options made from the settings' dataclasses."""

from __future__ import annotations

import argparse
import dataclasses
import logging
import typing
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, TypeVar

from kgqa.cli.options import (
    Commands,
    add_group,
    add_verb,
    amount,
    positive,
    settings_of,
    share,
)
from kgqa.cli.output import print_json
from kgqa.cli.stores import check_exists
from kgqa.errors import ConfigError
from kgqa.train.settings import (
    ContextTraining,
    ExtractorTraining,
    GeneratorTraining,
    ReaderTraining,
    Training,
    VerifierTraining,
)

if TYPE_CHECKING:
    from kgqa.config import Settings

_Training = TypeVar("_Training", bound=Training)
_HELP = {
    "train": "training files",
    "dev": "development file; without it, a part of the training files",
    "out": "folder for weights, card and checkpoint",
    "resume": "go on from the checkpoint in --out",
    "epochs": "passes over the training files",
    "batch_size": "examples a step",
    "learning_rate": "the highest of the schedule",
    "weight_decay": "L2 of what is trained",
    "patience": "stop early after so many dev scores without a gain",
    "seed": "of every random choice",
    "limit": "train on so many examples only",
    "excerpts": "share of the questions read beside a few sentences, not their whole text",
    "unanswerable": "unanswerable questions, as a share of the answerable ones",
    "altered": "questions altered to have no answer, as a share of the answerable ones",
    "reworded": "share of the questions whose words are changed for others of their meaning",
    "renamed": "share of --abstain's questions with other names and rare words, in their text too; "
    "half of that share of the others",
    "cut": "questions whose text lost the sentence that answers, as a share likewise",
    "abstain": "SQuAD 2.0 files: their unanswerable questions, but for each third article",
    "abstain_times": "how often each question of --abstain is read in an epoch",
    "start": "folder of weights to go on from",
    "teachers": "folders of reader weights whose probabilities the training follows as well",
    "distill": "weight of the teachers in the loss, the rest is the questions' own answers'",
    "rank": "of the LoRA adapter",
    "blend": "share of the trained weights in what is written, the rest is --start's",
    "multihop": "HotpotQA, MuSiQue or 2wiki questions, with a corpus.json beside them if needed",
    "stores": "URLs of ingested stores that give the subgraphs: for a reader those of --multihop, "
    "paired in order or one for all; a generator takes the first that knows a question's names",
    "make_from": "URLs of ingested stores that questions are made from",
    "together": "questions of --train whose passage is read among others of its article",
    "context": "the context encoder that is trained",
    "start_context": "folder of `kgqa train context` weights to go on from",
    "accumulate": "batches whose gradients make one step",
    "adapter": "lora, bottleneck or prompt",
    "size": "LoRA's rank, the bottleneck's width, or the number of virtual tokens",
    "dropout": "share of states dropped in training",
    "triples": "triple files, paired with --train in order, or one for all",
    "make_questions": "questions made from each graph's own triples",
    "paths": "train a scorer of relation paths beside the encoder",
    "keep_encoder": "leave the encoder of --start as it is, train the path scorer alone",
    "properties": "JSON list of Wikidata properties with their labels",
    "matching": "SimpleQuestions files, to match wordings to properties",
    "property_questions": "questions of each matching file, and of made property paths",
    "steps": "hops that the network walks",
    "width": "of the network's states",
    "evaluations": "dev scores an epoch",
    "pairs": "FewRel files: sentences with one related pair",
    "labels": "FewRel's relations.json, the labels of --pairs",
    "made": "statements made from templates: stated, denied, supposed, near",
}


def add(commands: Commands) -> None:
    """The verb, its parts and their options."""
    verbs = add_group(commands, "train", "train an adapter")
    extractor = add_verb(
        verbs, "extractor", "train the extractor of mentions and relations", run_extractor
    )
    add_options(extractor, ExtractorTraining)
    verifier = add_verb(
        verbs, "verifier", "train the second look: does a sentence state a triple?", run_verifier
    )
    add_options(verifier, VerifierTraining)
    reader = add_verb(verbs, "reader", "train the extractive reader", run_reader)
    add_options(reader, ReaderTraining)
    generator = add_verb(
        verbs, "generator", "train the setting `lm`, a causal LM, to write answers", run_generator
    )
    add_options(generator, GeneratorTraining)
    context = add_verb(
        verbs, "context", "train a context encoder on questions over given graphs", run_context
    )
    add_options(context, ContextTraining)


def add_options(parser: argparse.ArgumentParser, record: type[Training]) -> None:
    """One option for each field; a field without a default must be given."""
    types = typing.get_type_hints(record)
    for field in dataclasses.fields(record):
        flags = ["--" + field.name.replace("_", "-")]
        if field.name == "learning_rate":
            flags.append("--lr")
        if field.name == "size":
            flags.append("--rank")
        explained = _HELP[field.name]
        if types[field.name] is bool:
            parser.add_argument(*flags, dest=field.name, action="store_true", help=explained)
            continue
        given = field.default is not dataclasses.MISSING
        shown = given and field.default not in (None, ())
        several = typing.get_origin(types[field.name]) is tuple
        parser.add_argument(
            *flags,
            dest=field.name,
            type=_reader_of(field.name, types[field.name]),
            choices=_choices(types[field.name]),
            nargs="+" if several else None,
            default=field.default if given else None,
            required=not given,
            metavar=_metavar(field.name, types[field.name]),
            help=explained + (f" ({field.default})" if shown else ""),
        )


def config_of(arguments: argparse.Namespace, record: type[_Training]) -> _Training:
    """The dataclass that the options fill."""
    given = {field.name: getattr(arguments, field.name) for field in dataclasses.fields(record)}
    several = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    return record(**{**given, **several})


def _start(
    arguments: argparse.Namespace, record: type[_Training], *, lm: bool = False
) -> tuple[_Training, Settings]:
    """What to train and with which settings. Makes the folder now: one that cannot be made
    should not end hours of training.

    Args:
        lm: the setting `lm` must name a causal LM.
    """
    from kgqa.lm.encoder import set_threads

    config, settings = config_of(arguments, record), settings_of(arguments)
    if lm and settings.lm is None:
        raise ConfigError(
            "lm: expected a causal LM's folder or hub id, got none; set KGQA_LM=Qwen/Qwen3-0.6B, "
            "or `lm` in kgqa.toml"
        )
    for url in (*getattr(config, "stores", ()), *getattr(config, "make_from", ())):
        check_exists(url)
    config.out.mkdir(parents=True, exist_ok=True)
    set_threads(settings)
    logging.getLogger("kgqa").setLevel(logging.INFO)
    return config, settings


def run_extractor(arguments: argparse.Namespace) -> int:
    """`kgqa train extractor`; its exit code."""
    config, settings = _start(arguments, ExtractorTraining)
    from kgqa.lm.backbone import load_backbone
    from kgqa.ontology import load_ontology
    from kgqa.train.extractor import train_extractor

    backbone = load_backbone(settings.backbone, settings.precision)
    metrics = train_extractor(config, backbone, load_ontology(settings.ontology))
    return _report(arguments, "extractor", config.out, metrics)


def run_verifier(arguments: argparse.Namespace) -> int:
    """`kgqa train verifier`; its exit code."""
    config, settings = _start(arguments, VerifierTraining)
    from kgqa.lm.backbone import load_backbone
    from kgqa.ontology import load_ontology
    from kgqa.train.verifier import train_verifier

    backbone = load_backbone(settings.backbone, settings.precision)
    metrics = train_verifier(config, backbone, load_ontology(settings.ontology))
    return _report(arguments, "verifier", config.out, metrics)


def run_reader(arguments: argparse.Namespace) -> int:
    """`kgqa train reader`; its exit code."""
    config, settings = _start(arguments, ReaderTraining)
    from kgqa.lm.backbone import load_backbone
    from kgqa.ontology import load_ontology
    from kgqa.train.reader import train_reader

    backbone = load_backbone(settings.backbone, settings.precision)
    metrics = train_reader(config, backbone, load_ontology(settings.ontology))
    return _report(arguments, "reader", config.out, metrics)


def run_generator(arguments: argparse.Namespace) -> int:
    """`kgqa train generator`; its exit code."""
    config, settings = _start(arguments, GeneratorTraining, lm=True)
    from kgqa.lm.backbone import load_backbone
    from kgqa.lm.causal import load_causal
    from kgqa.ontology import load_ontology
    from kgqa.train.generator import train_generator

    lm = load_causal(str(settings.lm), settings.precision)
    backbone = load_backbone(settings.backbone, settings.precision)
    metrics = train_generator(config, lm, backbone, load_ontology(settings.ontology))
    return _report(arguments, "generator", config.out, metrics)


def run_context(arguments: argparse.Namespace) -> int:
    """`kgqa train context`; its exit code."""
    config, settings = _start(arguments, ContextTraining)
    from kgqa.lm.backbone import load_backbone
    from kgqa.train.context import train_context

    metrics = train_context(config, load_backbone(settings.backbone, settings.precision))
    return _report(arguments, "context", config.out, metrics)


def _report(arguments: argparse.Namespace, part: str, out: Path, metrics: dict[str, float]) -> int:
    if arguments.json:
        print_json({"part": part, "out": str(out), "metrics": metrics})
    else:
        figures = ", ".join(f"{name} {value:.2f}" for name, value in metrics.items())
        print(f"{part} written to {out}: {figures}")
    return 0


def _plain(hint: object) -> object:
    """`int` of `int | None`, `Path` of `tuple[Path, ...]`."""
    if isinstance(hint, UnionType) or typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0]
    return hint


def _reader_of(name: str, hint: object) -> typing.Callable[[str], object]:
    plain = _plain(hint)
    if name in _NUMBERS:
        return _NUMBERS[name]
    if plain is Path:
        return Path
    if plain is str or _choices(hint) is not None:
        return str
    return share if plain is float else positive


_NUMBERS: dict[str, typing.Callable[[str], object]] = {
    "seed": int,
    "learning_rate": amount,
    "altered": amount,  # above 1, several of each question
}
"""Other fractions are shares, other whole numbers counts."""


def _choices(hint: object) -> tuple[str, ...] | None:
    return typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else None


def _metavar(name: str, hint: object) -> str:
    plain = _plain(hint)
    if plain is Path:
        return "DIR" if name in {"out", "start", "start_context"} else "FILE"
    if _choices(hint) is not None:
        return "KIND"
    if plain is str:
        return "URL"
    return "X" if plain is float else "N"
