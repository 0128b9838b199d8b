"""Documents to extractions: the spaCy pipeline over passages, joined to one document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import spacy
from spacy.tokens import Doc

from kgqa.extract.assemble import DocumentAssembler
from kgqa.extract.components import READING, Coreference, Mentions, Relations
from kgqa.extract.loading import make_passage_reader
from kgqa.extract.reading import PassageReader
from kgqa.extract.windows import extraction_windows
from kgqa.lm.adapter import read_card
from kgqa.lm.backbone import Backbone
from kgqa.ontology import Ontology
from kgqa.types import Document, Extraction, Passage, digest_of

VERSION = "1"
"""Raised when the code extracts differently from the same weights."""


class Extractor:
    """
    Args:
        reader: the loaded network.
        digest: identifies weights, ontology and code; stored with each document.
    """

    def __init__(self, reader: PassageReader, digest: str) -> None:
        self.reader = reader
        self.digest = digest
        self.assembler = DocumentAssembler(reader, digest)
        self.nlp = spacy.blank("en")
        self.components = (Mentions(reader), Coreference(reader), Relations(reader))

    @classmethod
    def load(cls, folder: Path, backbone: Backbone, ontology: Ontology) -> Extractor:
        """Raises WeightsError when the weights do not fit."""
        digest = digest_of(read_card(folder, "extractor")["sha256"], ontology.digest, VERSION)
        return cls(make_passage_reader(folder, backbone, ontology), digest[:16])

    def extract(
        self, documents: Sequence[tuple[Document, tuple[Passage, ...]]]
    ) -> list[Extraction]:
        """What each document states; the windows of all go through in one stream."""
        windows = [extraction_windows(document, passages) for document, passages in documents]
        docs: Iterable[Doc] = self.nlp.pipe(w.text for group in windows for w in group)
        for component in self.components:
            docs = component.pipe(docs)
        readings = (doc.user_data[READING] for doc in docs)
        return [
            self.assembler.assemble(document, passages, group, [next(readings) for _ in group])
            for (document, passages), group in zip(documents, windows, strict=True)
        ]
