"""The two data paths as code.

ingest:  Document -> Passage -> Mention -> Cluster + RelationMention -> Link -> Triple + Evidence
ask:     Question -> seed entities -> passages + Subgraph -> Answer
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.batches import (
    Progress,
    Split,
    collecting_new_objects_only,
    extract_batch,
    fresh_of,
    split_batches,
    write_batch,
)
from kgqa.config import Settings
from kgqa.errors import WeightsError
from kgqa.link.entities import is_given
from kgqa.link.resolve import resolve
from kgqa.lm.adapter import own_weights, shipped_weights
from kgqa.lm.encoder import Encoder, load_encoder
from kgqa.ontology import Ontology, load_ontology
from kgqa.qa.question import check_question
from kgqa.qa.reader import Reader
from kgqa.qa.support import with_support
from kgqa.retrieve.retriever import Retriever
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.store.base import GraphStore
from kgqa.tracing import traced
from kgqa.types import (
    Answer,
    Document,
    IngestReport,
    Question,
    Rejection,
    ScoredPassage,
    Subgraph,
)

if TYPE_CHECKING:
    from kgqa.context.question_gates import QuestionOpener
    from kgqa.extract.extractor import Extractor
    from kgqa.qa.generator import Generator
    from kgqa.qa.graph_answer import GraphReader
    from kgqa.qa.graph_context import DialogueMemory
    from kgqa.qa.hops import HopReader

READ_PASSAGES, SUBGRAPH_ENTITIES = 5, 40
"""What a question is answered from; a reader is trained on as much."""


class Models:
    """The settings' models, each loaded when first used; they share one backbone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @functools.cached_property
    def encoder(self) -> Encoder:
        """Gives texts their vectors, with the backbone that all parts share."""
        return load_encoder(self.settings)

    @functools.cached_property
    def ontology(self) -> Ontology:
        """The one that the settings name, or the packaged one."""
        return load_ontology(self.settings.ontology)

    @functools.cached_property
    def extractor(self) -> Extractor:
        """Reads mentions and relations; loaded when first asked for, as all parts."""
        from kgqa.extract.extractor import Extractor  # brings spaCy, which `ask` has no use for

        return Extractor.load(
            self.weights("extractor"),
            self.encoder.backbone,
            self.ontology,
            self.settings.spacy_model,
        )

    @functools.cached_property
    def extractor_digest(self) -> str:
        """The extractor's digest, known without loading its network."""
        from kgqa.extract.extractor import extractor_digest

        spacy_model = self.settings.spacy_model
        return extractor_digest(self.weights("extractor"), self.ontology, spacy_model)

    @functools.cached_property
    def reader(self) -> Reader:
        """Points at answers in passages."""
        verbalizer = Verbalizer(self.ontology)
        return Reader.load(
            self.weights("reader"), self.encoder.backbone, verbalizer, self.settings.precision
        )

    @functools.cached_property
    def hop_reader(self) -> HopReader:
        """Follows questions over several steps."""
        from kgqa.qa.hops import HopReader
        from kgqa.qa.question_paths import PathFinder

        return HopReader(self.reader, PathFinder(self.encoder, self.ontology), self.ontology)

    @functools.cached_property
    def graph_reader(self) -> GraphReader:
        """Answers from a given graph alone."""
        from kgqa.qa.graph_answer import GraphReader

        return GraphReader.load(self.weights("context"), self.encoder.backbone, self.labels)

    @functools.cached_property
    def question_opener(self) -> QuestionOpener | None:
        """What the graph network says of a question, for retrieval; None where the folder's
        context weights, or for another backbone the shipped ones, are of no use to it."""
        from kgqa.context.question_gates import QuestionOpener

        backbone = self.encoder.backbone
        return QuestionOpener.load_fitting(self.weights("context"), backbone, self.labels)

    def retriever(self, store: GraphStore) -> Retriever:
        """Retrieval over a store, with the graph network where its weights fit."""
        return Retriever(store, self.encoder, reader=self.question_opener)

    @functools.cached_property
    def labels(self) -> dict[str, str]:
        """Relation id -> words, for relations that a name alone does not tell."""
        return {relation.id: relation.label for relation in self.ontology.relations}

    @functools.cached_property
    def generator(self) -> Generator | None:
        """What the setting `lm` names, with the adapter that `weights` has for it, if it has one;
        None without `lm`."""
        if self.settings.lm is None:
            return None
        from kgqa.lm.causal import load_causal
        from kgqa.qa.generator import Generator

        lm = load_causal(self.settings.lm, self.settings.precision)
        folder = self.own_weights("generator")
        return Generator.load(folder, lm, self.encoder.backbone, Verbalizer(self.ontology))

    def context(self, asked: str | None = None) -> str:
        """The context encoder that is used where `asked` is wanted, by what answers from a store,
        reader or generator; None takes what there is.

        Raises:
            WeightsError: its weights were trained with another one, or without.
        """
        answers = self.generator or self.reader
        own = "none" if answers.subgraphs is None else answers.subgraphs.name
        if asked not in (None, "none", own):
            raise WeightsError(
                f"context {asked!r}: expected weights that were trained with it, got {own!r}; "
                "give others with --weights, or --context none"
            )
        return asked or own

    def weights(self, kind: str) -> Path:
        """The setting's own of that kind, else the shipped."""
        return self.own_weights(kind) or shipped_weights(kind)

    def own_weights(self, kind: str) -> Path | None:
        """What the folder of the setting `weights` has of that kind, as `own_weights` finds it.

        Raises:
            WeightsError: there are no weights of any kind.
        """
        folder = self.settings.weights
        return None if folder is None else own_weights(folder, kind)


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
    for batch in split_batches(sources, report, models.settings.passage_characters, progress):
        if dry_run:
            _count(batch, store, report)
        else:
            fresh = fresh_of(batch, store, models.extractor_digest)
            report.unchanged += len(batch) - len(fresh)
            if fresh:
                with collecting_new_objects_only():
                    extracted = extract_batch(fresh, models.extractor, models.encoder)
                    write_batch(deque(extracted), store, report)
        if progress is not None:
            progress(len(batch))
    if not dry_run:
        with collecting_new_objects_only():
            resolve(store)
    return report


@traced("question")
def ask(
    question: Question,
    store: GraphStore,
    models: Models,
    retriever: Retriever | None = None,
    *,
    context: bool = True,
    memory: DialogueMemory | None = None,
    wrote: Callable[[str], None] | None = None,
) -> Answer:
    """Answer a question from the store, with the triples and passages that support it.

    A question that joins relations is answered hop by hop, from the graph and the text
    together, with the passages that it reads on the way; other questions from the passages
    that retrieval finds. A given graph is asked where no passage bears the answer.

    Args:
        retriever: one that is kept between questions; None makes one.
        context: read hop by hop along the graph, and give the reader or generator the subgraph
            as soft prompts, where its weights take it, and ask a given graph; without, text only
            is read.
        memory: of a dialogue, which weights with a `memory` context encoder write each turn
            into; others leave it alone.
        wrote: called with each piece of the answer as the generator writes it; an extractive
            reader writes nothing.

    Raises:
        QuestionError: the question is empty or no Unicode text.
    """
    check_question(question.text)
    retrieved = (retriever or models.retriever(store)).retrieve(question.text)
    nearest = functools.cache(functools.partial(retrieved.passages, READ_PASSAGES))
    seeds = retrieved.seeds
    hops = context and models.generator is None and memory is None
    # Where no document names what is asked about, there may be none to read.
    if hops and (any(not is_given(seed.entity) for seed in seeds) or nearest()):
        hopped = models.hop_reader.answer(question, store, seeds)
        if hopped.text is not None:
            return hopped
    passages = nearest()
    answer = Answer(question.id, None, 0.0)
    if passages:
        subgraph = functools.partial(retrieved.subgraph, SUBGRAPH_ENTITIES)
        answer = _read(question, passages, models, subgraph if context else None, memory, wrote)
        if answer.text is not None:
            return with_support(answer, subgraph(), store)
    if context and any(is_given(seed.entity) for seed in seeds):
        from kgqa.qa.graph_ask import answer_from_graph

        given = answer_from_graph(question, store, models.graph_reader, seeds)
        return answer if given.text is None else given
    return answer


def _read(
    question: Question,
    passages: Sequence[ScoredPassage],
    models: Models,
    subgraph: Callable[[], Subgraph] | None,
    memory: DialogueMemory | None,
    wrote: Callable[[str], None] | None,
) -> Answer:
    """What the generator writes or the reader points at; `subgraph` is called where it is read."""
    generator = models.generator
    if generator is None:
        reads = subgraph is not None and models.reader.subgraphs is not None
        return models.reader.answer(
            question, passages, subgraph() if reads and subgraph else None, memory
        )
    vectors = None
    if subgraph is not None and generator.subgraphs is not None:
        vectors = generator.virtual_tokens(question, subgraph(), memory)
    if wrote is None:
        return generator.answer(question, passages, vectors)
    stream = generator.stream(question, passages, vectors)
    for piece in stream:
        wrote(piece)
    return stream.answer


def _count(batch: Sequence[Split], store: GraphStore, report: IngestReport) -> None:
    states = store.document_state([document.id for document, _ in batch])
    for document, _ in batch:
        state = states.get(document.id)
        report.added += state is None
        report.unchanged += state is not None and state[0] == document.digest
        report.updated += state is not None and state[0] != document.digest
