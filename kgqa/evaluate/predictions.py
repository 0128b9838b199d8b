"""What `kgqa evaluate` asks of the models: predictions in the records that are scored."""

from __future__ import annotations

from collections.abc import Sequence

from kgqa.datasets.annotated import AnnotatedDocument
from kgqa.documents.formats.squad import SquadQuestion
from kgqa.documents.split import split_passages
from kgqa.evaluate.extraction_scores import (
    MentionSpan,
    PredictedCluster,
    PredictedDocument,
    PredictedRelation,
)
from kgqa.evaluate.squad import Prediction
from kgqa.extract.reading import FoundMention, PassageReader, PassageReading
from kgqa.models import Models
from kgqa.pipeline import ask
from kgqa.qa.windows import Reading, ReadText
from kgqa.store.base import GraphStore
from kgqa.types import Document, Extraction, Question

_DOCUMENTS = 32


def read_given_passages(
    models: Models, questions: Sequence[SquadQuestion], may_abstain: bool
) -> list[Prediction]:
    """Read each question in its own passage.

    Args:
        may_abstain: whether there are unanswerable ones (SQuAD 2.0); in SQuAD 1.1 every
            question has an answer, and a system may know so.
    """
    reader = models.reader
    spans = reader.read([Reading(q.question, (ReadText(q.context),)) for q in questions])
    predictions = []
    for span in spans:
        if span is None:
            predictions.append(Prediction(None, 1.0))
        elif may_abstain and span.margin < reader.threshold:
            predictions.append(Prediction(None, 1 - span.score))
        else:
            predictions.append(Prediction(span.text, span.score))
    return predictions


def ask_store(
    models: Models,
    store: GraphStore,
    questions: Sequence[SquadQuestion],
    may_abstain: bool,
    *,
    context: bool = True,
) -> list[Prediction]:
    """Answer each question from the store, its own passage unseen; `context` as in `ask`.

    Args:
        may_abstain: not asked for: that the store has the answer is never known.
    """
    retriever = models.retriever(store)
    answers = [
        ask(Question(q.id, q.question), store, models, retriever, context=context)
        for q in questions
    ]
    return [
        Prediction(answer.text, answer.score if answer.text is not None else 1 - answer.score)
        for answer in answers
    ]


def extract_documents(
    models: Models, documents: Sequence[AnnotatedDocument]
) -> list[PredictedDocument]:
    """Extract from the texts alone, by the passages that ingest makes."""
    size = models.settings.passage_characters
    split = []
    for gold in documents:
        document = Document.create(gold.id, gold.title, gold.text)
        split.append((document, split_passages(document, size)))
    predictions = []
    for first in range(0, len(split), _DOCUMENTS):
        extractions = models.extractor.extract(split[first : first + _DOCUMENTS])
        predictions += [_predicted(extraction) for extraction in extractions]
    return predictions


def _predicted(extraction: Extraction) -> PredictedDocument:
    mentioned = [cluster for cluster in extraction.clusters if cluster.mentions]
    place = {cluster.id: i for i, cluster in enumerate(mentioned)}
    return PredictedDocument(
        tuple(
            PredictedCluster(
                cluster.type, tuple(MentionSpan(m.start, m.end) for m in cluster.mentions)
            )
            for cluster in mentioned
        ),
        tuple(
            PredictedRelation(place[r.head], r.relation, place[r.tail])
            for r in extraction.relations
            if r.head in place and r.tail in place
        ),
    )


def relate_gold_clusters(
    models: Models, documents: Sequence[AnnotatedDocument]
) -> list[set[PredictedRelation]]:
    """Relations between the gold clusters, each text read in one pass; the ontology's heads
    and tails hold here as they do in ingest."""
    reader = models.extractor.reader
    texts = reader.encode([document.text for document in documents])
    return [
        _related(reader, reader.read([document.text], [text], mentions=False)[0], document)
        for document, text in zip(documents, texts, strict=True)
    ]


def _related(
    reader: PassageReader, reading: PassageReading, document: AnnotatedDocument
) -> set[PredictedRelation]:
    kept: list[int] = []
    for number, cluster in enumerate(document.clusters):
        found = [
            FoundMention(m.start, m.end, words, reader.type_index[cluster.type], 1.0)
            for m in cluster.mentions
            if (words := reading.encoded.word_range(m.start, m.end)) is not None
        ]
        if found:  # else it lies beyond the network's longest text
            reading.mentions += found
            reading.clusters += [len(kept)] * len(found)
            kept.append(number)
    reader.read_relations(reading)
    related = set()
    for relation in reading.relations:
        head, tail = kept[relation.head], kept[relation.tail]
        name = reader.ontology.relations[relation.relation].id
        kinds = document.clusters[head].type, document.clusters[tail].type
        if reader.ontology.allows(kinds[0], name, kinds[1]):
            related.add(PredictedRelation(head, name, tail))
    return related
