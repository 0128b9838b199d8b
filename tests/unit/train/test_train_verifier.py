"""The second look: trained for seconds by the real code, then asked before triples are stored."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from kgqa.config import load_settings
from kgqa.datasets.docred import load_annotated
from kgqa.datasets.fewrel import load_fewrel, load_labels
from kgqa.documents.split import split_passages
from kgqa.errors import DocumentError
from kgqa.extract.second_look import text_before
from kgqa.extract.verify import Claim, Verifier
from kgqa.lm.backbone import Backbone
from kgqa.models import Models
from kgqa.ontology import load_ontology
from kgqa.train.claims import document_claims, pair_claims
from kgqa.train.settings import VerifierTraining
from kgqa.train.verifier import train_verifier
from kgqa.types import Document

FEWREL = {
    "relation": "P177",
    "tokens": ["Wilton", "Bridge", " ", "crosses", "the", "River", "Wye", "."],
    "h": ["wilton bridge", "Q1", [[0, 1]]],
    "t": ["river wye", "Q2", [[5, 6]]],
}


@pytest.fixture(scope="module")
def weights(
    tiny_weights: Path,
    tiny_backbone: Backbone,
    docred_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The tiny weights with a verifier beside them."""
    folder = tmp_path_factory.mktemp("verified")
    for part in ("extractor", "reader"):
        (folder / part).symlink_to(tiny_weights / part)
    train_verifier(
        VerifierTraining(
            train=(docred_file,), out=folder / "verifier", epochs=40, rank=8, learning_rate=5e-3
        ),
        tiny_backbone,
        load_ontology(),
    )
    return folder


def test_claims_are_stated_by_the_sentence_that_is_marked(docred_file: Path) -> None:
    ontology, draw = load_ontology(), random.Random(0)
    claims = [
        judged
        for document in load_annotated(docred_file)
        for judged in document_claims(document, ontology, draw)
    ]
    stated = {judged.claim.words for judged in claims if judged.stated}
    assert "Marie Curie; place of birth; Warsaw" in stated
    assert any(not judged.stated for judged in claims)
    assert not any(j.claim.words in stated for j in claims if not j.stated)
    for judged in claims:
        assert judged.claim.head in judged.claim.text or judged.claim.tail in judged.claim.text


def test_fewrel_pairs(tmp_path: Path) -> None:
    path = tmp_path / "wiki.jsonl"
    path.write_text(json.dumps(FEWREL) + "\n")
    (tmp_path / "relations.json").write_text(json.dumps({"P177": ["crosses", "a bridge does"]}))
    (pair,) = load_fewrel(path)
    assert (pair.head, pair.tail) == ("Wilton Bridge", "River Wye")
    assert pair.text == "Wilton Bridge crosses the River Wye."
    claims = list(pair_claims([pair], load_labels(tmp_path / "relations.json"), random.Random(0)))
    assert claims[0].claim.words == "Wilton Bridge; crosses; River Wye"
    path.write_text(json.dumps(FEWREL | {"h": ["x", "Q1", [[40]]]}))
    with pytest.raises(DocumentError, match="expected places"):
        load_fewrel(path)


def test_a_verifier_tells_its_training_sentences(weights: Path, tiny_backbone: Backbone) -> None:
    verifier = Verifier.load(weights / "verifier", tiny_backbone)
    text = "Marie Curie was born in Warsaw."
    right, wrong = verifier.probabilities(
        [
            Claim("Marie Curie", "place of birth", "Warsaw", text),
            Claim("Marie Curie", "place of death", "Warsaw", text),
        ]
    )
    assert right > wrong
    assert verifier.probabilities([]) == []


def test_relations_below_the_threshold_are_no_triples(
    weights: Path, tiny_backbone_folder: Path
) -> None:
    settings = load_settings(backbone=str(tiny_backbone_folder), weights=weights, precision="fp32")
    models = Models(settings)
    document = Document.create("s", "Marie Curie", "Marie Curie was born in Warsaw.")
    split = (document, split_passages(document))
    extractor = models.extractor
    assert extractor.digest == models.extractor_digest
    look = extractor.second_look
    assert look is not None
    look.verifier.threshold = 0.0
    (everything,) = extractor.extract([split])
    assert everything.relations
    assert all(0 <= relation.score <= 1 for relation in everything.relations)
    look.verifier.threshold = 1.01
    (nothing,) = extractor.extract([split])
    assert nothing.relations == ()
    assert nothing.clusters == everything.clusters


def test_the_sentences_before_are_whole() -> None:
    text = "One is long. " * 40 + "Last."
    before = text_before(text, text.index("Last."))
    assert before.startswith("One is long.")
    assert 200 < len(before) <= 320
    assert text_before("A. B.", 3) == "A. "


def test_a_text_that_lacks_a_name_states_nothing_of_it() -> None:
    claim = Claim("Ida", "place of birth", "Graz", "Ida came. She was born in Graz.")
    assert claim.names_both
    assert not replace(claim, tail="Linz").names_both
