"""Documents to extractions: the spaCy pipeline over passages, joined to one document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kgqa.extract.assemble import DocumentAssembler
from kgqa.extract.components import (
    BATCH_TOKENS,
    ENCODED,
    READING,
    Coreference,
    Mentions,
    Relations,
)
from kgqa.extract.encoding import NO_PIECES
from kgqa.extract.loading import make_passage_reader
from kgqa.extract.reading import PassageReader, PassageReading
from kgqa.extract.second_look import SecondLook
from kgqa.extract.spacy_model import MergedMentions, load_pipeline, pipeline_digest
from kgqa.extract.verify import Verifier
from kgqa.extract.windows import extraction_windows
from kgqa.lm.adapter import read_card
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import token_buckets
from kgqa.lm.workers import side_by_side
from kgqa.ontology import Ontology
from kgqa.types import Document, Extraction, Passage, digest_of

VERSION = "3"
"""Raised when the code extracts differently from the same weights."""


class Extractor:
    """
    Args:
        reader: the loaded network.
        digest: identifies weights, ontology, pipeline and code; stored with each document.
        nlp: a user's pipeline, whose components run first; None only cuts words.
        verifier: has a second look at each relation; None takes them as they are found.
    """

    def __init__(
        self,
        reader: PassageReader,
        digest: str,
        nlp: Language | None = None,
        verifier: Verifier | None = None,
    ) -> None:
        self.reader = reader
        self.second_look = SecondLook(verifier, reader.ontology) if verifier else None
        self.digest = digest
        self.assembler = DocumentAssembler(reader, digest)
        self.nlp = spacy.blank("en") if nlp is None else nlp
        mentions = Mentions(reader) if nlp is None else MergedMentions(reader)
        self.components = (mentions, Coreference(reader), Relations(reader))

    @classmethod
    def load(
        cls,
        folder: Path,
        backbone: Backbone,
        ontology: Ontology,
        spacy_model: str | None = None,
        verifier: Path | None = None,
    ) -> Extractor:
        """
        Args:
            spacy_model: name or folder of a spaCy pipeline that takes a blank one's place.
            verifier: a folder of verifier weights.

        Raises:
            WeightsError: the weights do not fit.
            ConfigError: there is no such pipeline.
        """
        nlp = load_pipeline(spacy_model) if spacy_model else None
        digest = _digest(folder, ontology, nlp, verifier)
        second = Verifier.load(verifier, backbone) if verifier else None
        return cls(make_passage_reader(folder, backbone, ontology), digest, nlp, second)

    def extract(
        self, documents: Sequence[tuple[Document, tuple[Passage, ...]]]
    ) -> list[Extraction]:
        """What each document states.

        Windows of one length go through all components together, a batch at a time: what
        the pass leaves is large, and is dropped before the next batch makes its own.
        """
        windows = [extraction_windows(document, passages) for document, passages in documents]
        readings = iter(self.read([window.text for group in windows for window in group]))
        return self.verified(
            [
                self.assembler.assemble(document, passages, group, [next(readings) for _ in group])
                for (document, passages), group in zip(documents, windows, strict=True)
            ]
        )

    def verified(self, extractions: list[Extraction]) -> list[Extraction]:
        """Those relations alone that their sentences state, where there is a verifier."""
        return self.second_look.verified(extractions) if self.second_look else extractions

    def read(self, texts: Sequence[str]) -> list[PassageReading]:
        """What the network finds in each window, in the texts' order."""
        docs = list(self.nlp.pipe(texts))
        encoded = self.reader.encode([doc.text for doc in docs])
        for doc, text in zip(docs, encoded, strict=True):
            doc.user_data[ENCODED] = text
        batches = list(token_buckets([len(text.input_ids) for text in encoded], BATCH_TOKENS))
        # The longest come first, so that no thread is left alone with one at the end.
        side_by_side(self._apply, [[docs[i] for i in batch] for batch in reversed(batches)])
        readings: list[PassageReading] = [doc.user_data[READING] for doc in docs]
        for reading in readings:
            reading.encoded = NO_PIECES  # ten times the size of all else that stays
        return readings

    def _apply(self, docs: Sequence[Doc]) -> None:
        for component in self.components:
            component.apply(docs)


def extractor_digest(
    folder: Path,
    ontology: Ontology,
    spacy_model: str | None = None,
    verifier: Path | None = None,
) -> str:
    """What `Extractor.load` would have as its digest; the network is not loaded.

    Raises:
        WeightsError: there is no weight card.
        ConfigError: there is no such pipeline.
    """
    nlp = load_pipeline(spacy_model) if spacy_model else None
    return _digest(folder, ontology, nlp, verifier)


def _digest(
    folder: Path, ontology: Ontology, nlp: Language | None, verifier: Path | None = None
) -> str:
    parts = [read_card(folder, "extractor")["sha256"], ontology.digest, VERSION]
    if verifier is not None:
        parts.append(read_card(verifier, "verifier")["sha256"])
    if nlp is not None:
        parts.append(pipeline_digest(nlp))
    return digest_of(*parts)[:16]
