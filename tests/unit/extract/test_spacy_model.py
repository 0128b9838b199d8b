"""The setting `spacy_model`: a user's pipeline under the extractor."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from kgqa.config import load_settings
from kgqa.documents.split import split_passages
from kgqa.errors import ConfigError
from kgqa.extract.extractor import Extractor
from kgqa.extract.spacy_model import ONTONOTES
from kgqa.lm.backbone import Backbone
from kgqa.models import Models
from kgqa.ontology import load_ontology
from kgqa.pipeline import ingest
from kgqa.store.open import open_store
from kgqa.types import Document, Mention

TEXT = "Marie Curie was born in Warsaw. Zorbax bought 7 lamps from Warsaw."


def pipeline(folder: Path, *patterns: tuple[str, str]) -> str:
    """A pipeline with an entity ruler, as a user writes one."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": pattern} for label, pattern in patterns])
    nlp.to_disk(folder)
    return str(folder)


@pytest.fixture
def load(tiny_backbone: Backbone, tiny_weights: Path):  # type: ignore[no-untyped-def]
    def call(spacy_model: str | None) -> Extractor:
        return Extractor.load(
            tiny_weights / "extractor", tiny_backbone, load_ontology(), spacy_model
        )

    return call


def mentions(extractor: Extractor) -> set[Mention]:
    document = Document.create("a.txt", "a", TEXT)
    [extraction] = extractor.extract([(document, split_passages(document))])
    found = {mention for cluster in extraction.clusters for mention in cluster.mentions}
    assert all(TEXT[m.start : m.end] == m.text for m in found)
    return found


def test_entities_are_added_where_kgqa_has_no_mention(load, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    own = mentions(load(None))
    assert {(m.text, m.type) for m in own} >= {
        ("Marie Curie", "person"),
        ("Warsaw", "location"),
    }
    assert not any("lamps" in m.text for m in own)
    name = pipeline(
        tmp_path / "nlp",
        ("miscellaneous", "lamps"),
        ("organization", "Marie Curie was"),  # overlaps a mention of kgqa's own
        ("GADGET", "bought"),  # no mention type
    )
    with_pipeline = mentions(load(name))
    assert own <= with_pipeline
    assert {(m.text, m.type, m.score) for m in with_pipeline - own} == {
        ("lamps", "miscellaneous", 1.0)
    }


def test_labels_of_spacys_trained_pipelines_count(load, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    added = mentions(load(pipeline(tmp_path / "nlp", ("PRODUCT", "lamps")))) - mentions(load(None))
    assert {(m.text, m.type) for m in added} == {("lamps", "miscellaneous")}
    assert set(ONTONOTES.values()) == {kind.id for kind in load_ontology().mention_types}


def test_the_pipelines_content_is_in_the_digest(load, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    first = load(pipeline(tmp_path / "one", ("ORG", "Zorbax"))).digest
    assert load(pipeline(tmp_path / "moved", ("ORG", "Zorbax"))).digest == first
    assert load(pipeline(tmp_path / "other", ("PERSON", "Zorbax"))).digest != first
    assert load(None).digest != first


@pytest.mark.parametrize("name", ["no_such_pipeline", "no/such/folder"])
def test_a_missing_pipeline_is_told_in_one_line(load, name: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match="expected an installed spaCy pipeline") as raised:
        load(name)
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_changed_pipeline_means_extracting_again(
    tiny_backbone_folder: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    def report(spacy_model: str) -> tuple[int, int, int]:
        settings = load_settings(
            backbone=str(tiny_backbone_folder),
            weights=tiny_weights,
            precision="fp32",
            spacy_model=spacy_model,
        )
        with open_store(f"sqlite:///{tmp_path}/graph.db") as store:
            done = ingest([Document.create("a.txt", "a", TEXT)], store, Models(settings))
        return done.added, done.updated, done.unchanged

    first = pipeline(tmp_path / "one", ("organization", "lamps"))
    second = pipeline(tmp_path / "two", ("miscellaneous", "lamps"))
    assert report(first) == (1, 0, 0)
    assert report(first) == (0, 0, 1)
    assert report(second) == (0, 1, 0)
