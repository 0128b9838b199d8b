from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgqa.documents.split import split_passages
from kgqa.extract.components import READING, Coreference, Mentions, Relations
from kgqa.extract.extractor import Extractor
from kgqa.extract.validate import Validator
from kgqa.extract.windows import PassageOffsets, extraction_windows
from kgqa.lm.backbone import Backbone
from kgqa.ontology import load_ontology
from kgqa.types import Document, Extraction, Refusal, RelationMention


@pytest.fixture(scope="module")
def extractor(tiny_weights: Path, tiny_backbone: Backbone) -> Extractor:
    return Extractor.load(tiny_weights / "extractor", tiny_backbone, load_ontology())


def _extract(extractor: Extractor, title: str, text: str):  # type: ignore[no-untyped-def]
    document = Document.create("file.txt", title, text)
    return extractor.extract([(document, split_passages(document, 100))])[0]


@given(
    text=st.text(st.sampled_from("Marie Curie was born.\n\t éß𝔘(1867)'\"-"), max_size=400),
    title=st.sampled_from(["", "Marie Curie", "Curie (physicist)", "Élan", "x y"]),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_span_is_exact_on_any_text(extractor: Extractor, title: str, text: str) -> None:
    extraction = _extract(extractor, title, text)
    passages = {passage.id: passage for passage in extraction.passages}
    ids = [cluster.id for cluster in extraction.clusters]
    assert len(ids) == len(set(ids))
    for cluster in extraction.clusters:
        for mention in cluster.mentions:
            passage = passages[mention.passage_id]
            assert mention.text == text[mention.start : mention.end]
            assert mention.text
            assert "\n" not in mention.text
            assert passage.start <= mention.start < mention.end <= passage.end
    for relation in extraction.relations:
        passage = passages[relation.passage_id]
        assert passage.start <= relation.start < relation.end <= passage.end
        assert relation.head in ids
        assert relation.tail in ids


def test_the_title_names_the_topic(extractor: Extractor) -> None:
    text = "Marie Curie was born in Warsaw."
    about = [c for c in _extract(extractor, "Marie Curie (physicist)", text).clusters if c.about]
    assert [c.name for c in about] == ["Marie Curie"]
    assert about[0].mentions[0].text == "Marie Curie"


def test_a_title_that_the_text_never_names_is_a_topic_without_mentions(
    extractor: Extractor,
) -> None:
    about = [c for c in _extract(extractor, "Quarks", "Ada was born.").clusters if c.about]
    assert [(c.name, c.mentions) for c in about] == [("Quarks", ())]
    assert not [c for c in _extract(extractor, "", "Ada was born.").clusters if c.about]


def test_extraction_does_not_depend_on_what_comes_with_it(extractor: Extractor) -> None:
    texts = ["Marie Curie was born in Warsaw.", "Alan Turing died in England. " * 9, "Ada."]
    documents = [Document.create(f"{i}", "", text) for i, text in enumerate(texts)]
    batch = [(document, split_passages(document)) for document in documents]
    together = [_content(e) for e in extractor.extract(batch)]
    assert [_content(e) for e in extractor.extract(batch[::-1])[::-1]] == together
    assert [_content(extractor.extract([one])[0]) for one in batch] == together


def _content(extraction: Extraction):  # type: ignore[no-untyped-def]
    """All but the scores, whose last digits may depend on the batch."""
    clusters = [
        (c.id, c.type, c.name, [(m.start, m.end, m.type) for m in c.mentions])
        for c in extraction.clusters
    ]
    return clusters, [(r.head, r.relation, r.tail, r.start, r.end) for r in extraction.relations]


def test_windows_join_passages_and_hold_each_once() -> None:
    text = "\n\n".join(f"Sentence number {i} is here." for i in range(60))
    document = Document.create("x", "", text)
    passages = split_passages(document, 100)
    windows = extraction_windows(document, passages, 400)
    assert 1 < len(windows) < len(passages)
    for window in windows:
        assert window.text == text[window.start : window.end]
        assert len(window.text) <= 400
    for passage in passages:
        assert sum(w.start <= passage.start and passage.end <= w.end for w in windows) == 1
    index = PassageOffsets(passages)
    assert all(index.at(p.start) is p and index.at(p.end - 1) is p for p in passages)


def test_what_the_ontology_does_not_allow_is_refused_and_counted() -> None:
    def relation(head: str, name: str, tail: str) -> RelationMention:
        return RelationMention(head, name, tail, "p", 0, 1, 0.9, "x")

    types = {"ada": "person", "london": "location"}
    allowed, refused = Validator(load_ontology()).validate(
        [
            relation("ada", "P19", "london"),
            relation("london", "P19", "ada"),
            relation("london", "P19", "ada"),
            relation("ada", "P19", "ada"),
        ],
        types,
    )
    assert [(r.head, r.tail) for r in allowed] == [("ada", "london")]
    assert refused == (
        Refusal("P19", "location", "person", 2),
        Refusal("P19", "person", "person", 1),
    )


def test_the_components_work_in_a_users_own_pipeline(extractor: Extractor) -> None:
    nlp = spacy.blank("en")
    doc = nlp("Marie Curie was born in Warsaw.")
    for component in (Mentions, Coreference, Relations):
        doc = component(extractor.reader)(doc)
    assert ("Marie Curie", "person") in [(e.text, e.label_) for e in doc.ents]
    assert {span.text for cluster in doc._.kgqa_clusters for span in cluster} >= {"Marie Curie"}
    assert doc._.kgqa_relations
    assert doc.user_data[READING].hidden is None


def test_mentions_of_another_component_are_taken(extractor: Extractor) -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]
        [
            {"label": "person", "pattern": "Marie Curie"},
            {"label": "location", "pattern": "Warsaw"},
            {"label": "GREETING", "pattern": "born"},
        ]
    )
    doc = nlp("Marie Curie was born in Warsaw.")
    for component in (Coreference, Relations):
        doc = component(extractor.reader)(doc)
    spans = [span.text for cluster in doc._.kgqa_clusters for span in cluster]
    assert spans == ["Marie Curie", "Warsaw"]
    ids = [r.id for r in extractor.reader.ontology.relations]
    assert "P19" in [ids[r.relation] for r in doc._.kgqa_relations]
