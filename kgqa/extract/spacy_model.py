"""A user's own spaCy pipeline under the extractor: its tokenizer and components run first."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kgqa.errors import ConfigError
from kgqa.extract.components import READING, Mentions
from kgqa.extract.reading import FoundMention, PassageReader, PassageReading

ONTONOTES = {
    "PERSON": "person",
    "ORG": "organization",
    "GPE": "location",
    "LOC": "location",
    "FAC": "location",
    "DATE": "time",
    "TIME": "time",
    "CARDINAL": "number",
    "ORDINAL": "number",
    "QUANTITY": "number",
    "PERCENT": "number",
    "MONEY": "number",
    "NORP": "miscellaneous",
    "WORK_OF_ART": "miscellaneous",
    "EVENT": "miscellaneous",
    "PRODUCT": "miscellaneous",
    "LAW": "miscellaneous",
    "LANGUAGE": "miscellaneous",
}
"""spaCy's trained pipelines label entities so; the mention types are the packaged ontology's."""


def load_pipeline(name: str) -> Language:
    """An installed pipeline by name, or one that `nlp.to_disk` wrote by folder.

    Raises:
        ConfigError: there is none, or a component of it cannot be made here.
    """
    try:
        return spacy.load(name)
    except (OSError, ValueError, ImportError) as error:
        first_line = (str(error).strip().splitlines() or [repr(error)])[0]
        raise ConfigError(
            f"spacy_model {name!r}: expected an installed spaCy pipeline, such as en_core_web_sm, "
            f"or the folder of one; install it or correct the setting; {first_line}"
        ) from error


def pipeline_digest(nlp: Language) -> str:
    """SHA-256 over the files of a loaded pipeline; where the folder lies does not count."""
    folder = Path(nlp.path or ".")
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


class MergedMentions(Mentions):
    """kgqa's mentions, and the pipeline's entities where none of kgqa's is.

    A label counts that is a mention type of the ontology or stands in ONTONOTES.
    """

    def apply(self, docs: Sequence[Doc]) -> None:
        """As Mentions, with the spaCy model's own entities where no mention is."""
        given = [tuple((e.start_char, e.end_char, e.label_) for e in doc.ents) for doc in docs]
        super().apply(docs)
        for doc, entities in zip(docs, given, strict=True):
            reading: PassageReading = doc.user_data[READING]
            reading.mentions = merged(self.reader, reading, entities)


def merged(
    reader: PassageReader, reading: PassageReading, entities: Sequence[tuple[int, int, str]]
) -> list[FoundMention]:
    """The reading's mentions and the entities (start, end, label) that overlap none of them."""
    taken = [mention.words for mention in reading.mentions]
    added = []
    for start, end, label in entities:
        kind = reader.type_index.get(label, reader.type_index.get(ONTONOTES.get(label, "")))
        words = reading.encoded.word_range(start, end)
        if kind is None or words is None:
            continue
        if all(words[1] <= first or last <= words[0] for first, last in taken):
            added.append(FoundMention(start, end, words, kind, 1.0))
            taken.append(words)
    return sorted([*reading.mentions, *added], key=lambda mention: mention.start)
