"""The two data paths as code.

ingest:  Document -> Passage -> Mention -> Cluster + RelationMention -> Link -> Triple + Evidence
ask:     Question -> seed entities -> passages + Subgraph -> Answer
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterable, Sequence
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
from kgqa.link.entities import is_given
from kgqa.link.resolve import resolve
from kgqa.models import Models
from kgqa.qa.question import check_question
from kgqa.qa.rows import answer_from_rows
from kgqa.qa.support import with_support
from kgqa.retrieve.retriever import Retriever
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
    from kgqa.qa.graph_context import DialogueMemory

READ_PASSAGES, SUBGRAPH_ENTITIES = 5, 40
"""What a question is answered from; a reader is trained on as much."""


def ingest(
    sources: Iterable[Document | Rejection],
    store: GraphStore,
    models: Models,
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
    report: IngestReport | None = None,
) -> IngestReport:
    """Put documents into the store, and link what they name.

    Each document is one transaction; an interrupted ingest leaves whole documents, and the
    next one goes on. A rejected document is counted and the rest goes on.

    Args:
        sources: what `read_documents` yields.
        progress: see `kgqa.batches.Progress`; a large document moves it as it is read.
        dry_run: read and split, write nothing.
        report: filled while documents pass, so that an error leaves what was done so far; None
            makes one.
    """
    report = IngestReport() if report is None else report
    for batch in split_batches(sources, report, models.settings.passage_characters):
        told = _Told(progress, batch)
        if dry_run:
            _count(batch, store, report)
        else:
            fresh = fresh_of(batch, store, models.extractor_digest)
            report.kept(batch, fresh)
            if fresh:
                with collecting_new_objects_only():
                    extracted = extract_batch(fresh, models.extractor, models.encoder, told.done)
                    write_batch(deque(extracted), store, report)
        told.rest()
    if not dry_run:
        with collecting_new_objects_only():
            resolve(store)
    return report


class _Told:
    """Tells of a batch how many of its passages are done."""

    def __init__(self, progress: Progress | None, batch: Sequence[Split]) -> None:
        self._progress = progress
        self._left = sum(len(passages) for _, passages in batch)
        if progress is not None:
            progress(0, self._left)

    def done(self, passages: int) -> None:
        self._left -= passages
        if self._progress is not None:
            self._progress(passages, 0)

    def rest(self) -> None:
        """What was there before, or is only looked at."""
        self.done(self._left)


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
    asked_for = answer_from_rows(question, retrieved.rows())
    if asked_for is not None:
        return with_support(asked_for, retrieved.subgraph(SUBGRAPH_ENTITIES), store)
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
