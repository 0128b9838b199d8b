"""The two data paths as code.

ingest:  Document -> Passage -> Mention -> Cluster + RelationMention -> Link -> Triple + Evidence
ask:     Question -> seed entities -> passages + Subgraph -> Answer
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.config import Settings
from kgqa.documents.split import split_passages
from kgqa.link.entities import is_given
from kgqa.link.resolve import resolve
from kgqa.lm.adapter import shipped_weights
from kgqa.lm.encoder import Encoder, load_encoder
from kgqa.ontology import Ontology, load_ontology
from kgqa.qa.question import check_question
from kgqa.qa.reader import Reader
from kgqa.qa.support import with_support
from kgqa.retrieve.retriever import Retriever
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.store.base import GraphStore
from kgqa.types import (
    Answer,
    Document,
    IngestReport,
    Passage,
    Question,
    Rejection,
    ScoredPassage,
    Subgraph,
)

if TYPE_CHECKING:
    from kgqa.extract.extractor import Extractor
    from kgqa.qa.generator import Generator
    from kgqa.qa.graph_answer import GraphReader

Progress = Callable[[int], None]
_BATCH_PASSAGES = 320
READ_PASSAGES, SUBGRAPH_ENTITIES = 5, 40
"""What a question is answered from; a reader is trained on as much."""


class Models:
    """The settings' models, each loaded when first used; they share one backbone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @functools.cached_property
    def encoder(self) -> Encoder:
        return load_encoder(self.settings)

    @functools.cached_property
    def ontology(self) -> Ontology:
        return load_ontology(self.settings.ontology)

    @functools.cached_property
    def extractor(self) -> Extractor:
        from kgqa.extract.extractor import Extractor  # brings spaCy, which `ask` has no use for

        return Extractor.load(
            self._weights("extractor"),
            self.encoder.backbone,
            self.ontology,
            self.settings.spacy_model,
        )

    @functools.cached_property
    def reader(self) -> Reader:
        verbalizer = Verbalizer(self.ontology)
        return Reader.load(self._weights("reader"), self.encoder.backbone, verbalizer)

    @functools.cached_property
    def graph_reader(self) -> GraphReader:
        from kgqa.qa.graph_answer import GraphReader  # brings PyG, which text has no use for

        labels = {relation.id: relation.label for relation in self.ontology.relations}
        return GraphReader.load(self._weights("context"), self.encoder.backbone, labels)

    @functools.cached_property
    def generator(self) -> Generator | None:
        """What the setting `lm` names, with the adapter that `weights` names; None without `lm`."""
        if self.settings.lm is None:
            return None
        from kgqa.lm.causal import load_causal
        from kgqa.qa.generator import Generator

        lm = load_causal(self.settings.lm, self.settings.precision)
        folder = None if self.settings.weights is None else self._weights("generator")
        return Generator.load(folder, lm)

    def _weights(self, kind: str) -> Path:
        """The folder that `weights` names, or its subfolder of that kind; else the shipped."""
        folder = self.settings.weights
        if folder is None:
            return shipped_weights(kind)
        return folder / kind if (folder / kind).is_dir() else folder


def ingest(
    sources: Iterable[Document | Rejection],
    store: GraphStore,
    models: Models,
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> IngestReport:
    """Put documents into the store, and link what they name.

    Each document is one transaction; an interrupted ingest leaves whole documents, and the
    next one goes on. A rejected document is counted and the rest goes on.

    Args:
        sources: what `read_documents` yields.
        progress: called with the number of sources done.
        dry_run: read and split, write nothing.
    """
    report = IngestReport()
    for batch in _batches(sources, report, models.settings.passage_characters, progress):
        states = store.document_state([document.id for document, _ in batch])
        if dry_run:
            _count(batch, states, report)
        else:
            fresh = [
                (document, passages)
                for document, passages in batch
                if states.get(document.id) != (document.digest, models.extractor.digest)
            ]
            report.unchanged += len(batch) - len(fresh)
            with _collecting_new_objects_only():
                _write(fresh, store, models, report)
        if progress is not None:
            progress(len(batch))
    if not dry_run:
        with _collecting_new_objects_only():
            resolve(store)
    return report


def ask(
    question: Question,
    store: GraphStore,
    models: Models,
    retriever: Retriever | None = None,
    *,
    context: bool = True,
) -> Answer:
    """Answer a question from the store, with the triples and passages that support it.

    A given graph is asked where no passage bears the answer.

    Args:
        retriever: one that is kept between questions; None makes one.
        context: give the reader the subgraph as soft prompts, where its weights take it;
            without, it reads text only.

    Raises:
        QuestionError: the question is empty or no Unicode text.
    """
    check_question(question.text)
    retriever = retriever or Retriever(store, models.encoder)
    passages = retriever.passages(question.text, limit=READ_PASSAGES)
    answer = Answer(question.id, None, 0.0)
    if passages:
        answer = _read(question, passages, models, retriever, context)
        if answer.text is not None:
            return with_support(answer, _subgraph(question, retriever), store)
    seeds = retriever.seeds(question.text)
    if any(is_given(seed.entity) for seed in seeds):
        from kgqa.qa.graph_ask import answer_from_graph  # brings PyG

        given = answer_from_graph(question, store, models.graph_reader, seeds)
        return answer if given.text is None else given
    return answer


def _read(
    question: Question,
    passages: Sequence[ScoredPassage],
    models: Models,
    retriever: Retriever,
    context: bool,
) -> Answer:
    """What the generator writes or the reader points at."""
    if models.generator is not None:
        return models.generator.answer(question, passages)
    reads_graph = context and models.reader.subgraphs is not None
    subgraph = _subgraph(question, retriever) if reads_graph else None
    return models.reader.answer(question, passages, subgraph)


def _subgraph(question: Question, retriever: Retriever) -> Subgraph:
    return retriever.subgraph(question.text, SUBGRAPH_ENTITIES)


@contextmanager
def _collecting_new_objects_only() -> Iterator[None]:
    """Keep Python's garbage collector from going through what was there before, again and
    again: models and libraries are a million objects, and an ingest makes many short-lived."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


Split = tuple[Document, tuple[Passage, ...]]


def _batches(
    sources: Iterable[Document | Rejection],
    report: IngestReport,
    passage_characters: int,
    progress: Progress | None,
) -> Iterator[list[Split]]:
    """Split documents in batches of about _BATCH_PASSAGES passages; rejections are counted."""
    batch: list[Split] = []
    size = 0
    for source in sources:
        if isinstance(source, Rejection):
            report.rejections.append(source)
            if progress is not None:
                progress(1)
            continue
        batch.append((source, split_passages(source, passage_characters)))
        size += len(batch[-1][1])
        if size >= _BATCH_PASSAGES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _count(batch: list[Split], states: dict[str, tuple[str, str]], report: IngestReport) -> None:
    for document, _ in batch:
        state = states.get(document.id)
        report.added += state is None
        report.unchanged += state is not None and state[0] == document.digest
        report.updated += state is not None and state[0] != document.digest


def _write(batch: list[Split], store: GraphStore, models: Models, report: IngestReport) -> None:
    if not batch:
        return
    extractions = models.extractor.extract(batch)
    texts = [f"{d.title}\n{p.text}" for d, passages in batch for p in passages]
    vectors = models.encoder.encode(texts)
    first = 0
    for extraction in extractions:
        last = first + len(extraction.passages)
        outcome = store.replace_document(extraction, vectors[first:last])
        first = last
        report.added += outcome == "added"
        report.updated += outcome == "updated"
        report.unchanged += outcome == "unchanged"
        report.refused.extend(extraction.refused)
