"""`kgqa evaluate VERB`: figures with 95 % bootstrap intervals, and a comparison of trainings."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from kgqa.cli import compare
from kgqa.cli.options import Commands, add_group, add_verb, positive, settings_of
from kgqa.cli.output import print_json
from kgqa.cli.progress import progress_bar
from kgqa.cli.stores import open_existing
from kgqa.errors import WeightsError
from kgqa.types import AdapterKind, ContextName

if TYPE_CHECKING:
    from kgqa.config import Settings
    from kgqa.evaluate.report import EvaluationReport, Setting
    from kgqa.models import Models


def add(commands: Commands) -> None:
    """The verb, its tasks and their options."""
    verbs = add_group(commands, "evaluate", "measure on gold questions or documents")
    squad = add_verb(verbs, "squad", "EM and F1 on SQuAD 1.1 or 2.0", run_squad)
    squad.add_argument("file", metavar="FILE", type=Path, help="SQuAD JSON")
    squad.add_argument(
        "--open", action="store_true", help="answer from the store, not from the given passage"
    )
    multihop = add_verb(verbs, "multihop", "recall@k, EM and F1 over a corpus", run_multihop)
    multihop.add_argument("file", metavar="QUESTIONS", type=Path, help="2wiki, hotpotqa, musique")
    multihop.add_argument(
        "--corpus",
        metavar="FILE",
        type=Path,
        help="JSON list of {title, text}; without it, the paragraphs that the questions bring",
    )
    extraction = add_verb(
        verbs, "extraction", "F1 of mentions, coreference, relations, triples", run_extraction
    )
    extraction.add_argument(
        "file", metavar="FILE", type=Path, help="DocRED, KnowledgeNet or CoNLL04"
    )
    for parser in (squad, multihop, extraction, _add_graph(verbs)):
        _add_options(parser)
    compare.add(verbs)


def _add_graph(verbs: Commands) -> argparse.ArgumentParser:
    graph = add_verb(verbs, "graph", "Hits@1 and F1 over a given graph", run_graph)
    graph.add_argument("file", metavar="QUESTIONS", type=Path, help="metaqa or pathquestion")
    graph.add_argument(
        "--triples",
        metavar="FILE",
        type=Path,
        required=True,
        help="the graph: head|relation|tail lines, tab-separated lines or JSON lines",
    )
    return graph


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--context",
        choices=get_args(ContextName),
        help="what reads the graph, none for text only (what the weights have)",
    )
    parser.add_argument(
        "--adapter",
        choices=get_args(AdapterKind),
        help="weights with another adapter are refused (what the weights have)",
    )
    parser.add_argument("--weights", metavar="DIR", type=Path, help="what `kgqa train` wrote")
    parser.add_argument("--limit", metavar="N", type=positive, help="so many, drawn by --seed")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of every draw (0)")
    parser.add_argument(
        "--out", metavar="FOLDER", type=Path, help="write predictions and an HTML report"
    )


def run_squad(arguments: argparse.Namespace) -> int:
    """`kgqa evaluate squad`; its exit code."""
    from kgqa.evaluate.predictions import ask_store, read_given_passages
    from kgqa.evaluate.squad import evaluate_squad
    from kgqa.models import Models

    settings = settings_of(arguments, weights=arguments.weights)
    models = Models(settings)
    evaluate = partial(
        evaluate_squad,
        arguments.file,
        limit=arguments.limit,
        seed=arguments.seed,
        out=arguments.out,
    )
    if not arguments.open:  # a given passage comes without a graph
        recorded = {**_recorded(arguments, models, "none", "reader"), "open": 0}
        read = partial(read_given_passages, models)
        return _print(arguments, evaluate(read=read, settings=recorded))
    with open_existing(settings.store) as store:
        context = models.context(arguments.context)
        recorded = {**_recorded(arguments, models, context, _answers(settings)), "open": 1}
        open_read = partial(ask_store, models, store, context=context != "none")
        return _print(arguments, evaluate(read=open_read, settings=recorded))


def run_multihop(arguments: argparse.Namespace) -> int:
    """`kgqa evaluate multihop`; its exit code."""
    from kgqa.cli.corpus import corpus_store
    from kgqa.evaluate.retrieval import evaluate_multihop
    from kgqa.models import Models
    from kgqa.pipeline import ask
    from kgqa.qa.question import question_of

    settings = settings_of(arguments, weights=arguments.weights)
    models = Models(settings)
    used = models.context(arguments.context)
    recorded = _recorded(arguments, models, used, _answers(settings))
    with corpus_store(arguments, models) as store:
        retriever = models.retriever(store)

        def answer(text: str, context: bool) -> str | None:
            return ask(question_of(text), store, models, retriever, context=context).text

        graph = used != "none"
        with progress_bar("answer", "questions") as advance:
            report = evaluate_multihop(
                arguments.file,
                arguments.corpus,
                retriever,
                ask=partial(answer, context=graph),
                ask_text_only=partial(answer, context=False) if graph else None,
                limit=arguments.limit,
                seed=arguments.seed,
                settings=recorded,
                out=arguments.out,
                progress=advance,
            )
    return _print(arguments, report)


def run_graph(arguments: argparse.Namespace) -> int:
    """`kgqa evaluate graph`; its exit code."""
    from kgqa.evaluate.graph import evaluate_graph
    from kgqa.evaluate.graph_readers import graph_reader
    from kgqa.models import Models

    settings = settings_of(arguments, weights=arguments.weights)
    models = Models(settings)
    context, reader = graph_reader(arguments.context, models)
    if arguments.adapter:
        print("note: what reads a given graph has no adapter to choose", file=sys.stderr)
    with progress_bar("answer", "questions") as advance:
        report = evaluate_graph(
            arguments.file,
            arguments.triples,
            reader,
            limit=arguments.limit,
            seed=arguments.seed,
            settings=_recorded(
                arguments, models, context, None if context == "none" else "context"
            ),
            out=arguments.out,
            text_only=None if context == "none" else graph_reader("none", models)[1],
            progress=advance,
        )
    return _print(arguments, report)


def run_extraction(arguments: argparse.Namespace) -> int:
    """`kgqa evaluate extraction`; its exit code."""
    from kgqa.datasets.docred import load_annotated
    from kgqa.evaluate.extraction import evaluate_extraction
    from kgqa.evaluate.predictions import extract_documents, relate_gold_clusters
    from kgqa.models import Models

    settings = settings_of(arguments, weights=arguments.weights)
    models = Models(settings)
    report = evaluate_extraction(
        load_annotated(arguments.file),
        partial(extract_documents, models),
        partial(relate_gold_clusters, models),
        limit=arguments.limit,
        seed=arguments.seed,
        settings={
            **_recorded(arguments, models, "none", "extractor"),
            "file": arguments.file.name,
        },
        out=arguments.out,
    )
    return _print(arguments, report)


def _answers(settings: Settings) -> str:
    """The part that answers from a store."""
    return "reader" if settings.lm is None else "generator"


def _recorded(
    arguments: argparse.Namespace, models: Models, context: str, part: str | None
) -> dict[str, Setting]:
    """What the report says it was made with; `context` is what really read the graph.

    Args:
        part: what is measured; None is the frozen backbone alone.

    Raises:
        WeightsError: `--weights` has nothing of that kind, or its adapter is another than
            `--adapter` asks for.
    """
    settings = models.settings
    if part is not None and settings.weights is not None and not models.own_weights(part):
        raise WeightsError(
            f"{settings.weights}: expected {part} weights to measure, got others; give a folder "
            f"that `kgqa train {part} --out` wrote"
        )
    return {
        "context": context,
        "adapter": _adapter(arguments.adapter, models, part),
        "backbone": settings.backbone,
        "precision": settings.precision,
        "weights": str(settings.weights) if settings.weights else "shipped",
        "passage_characters": settings.passage_characters,
    }


def _adapter(asked: str | None, models: Models, part: str | None) -> str | None:
    """The adapter of the weights that answer; None for a language model without, and for what
    reads a given graph."""
    from kgqa.lm.adapter import check_adapter

    if part in (None, "context"):
        return None
    if part == "generator" and models.own_weights(part) is None:
        if asked is None:
            return None
        raise WeightsError(
            f"adapter {asked!r}: expected generator weights that were trained with it, got the "
            f"bare language model; train them with `kgqa train generator --adapter {asked} --out "
            "DIR` and give --weights DIR"
        )
    return check_adapter(models.weights(part), part, asked)


def _print(arguments: argparse.Namespace, report: EvaluationReport) -> int:
    if arguments.json:
        print_json(report.to_json())
    else:
        print(report.text())
    return 0
