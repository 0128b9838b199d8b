"""What an annotation tells of a text, and what it leaves open."""

from __future__ import annotations

import torch

from kgqa.datasets.annotated import (
    AnnotatedDocument,
    GoldCluster,
    GoldMention,
    GoldRelation,
    SentenceSpan,
)
from kgqa.extract.encoding import encode_texts
from kgqa.extract.model import ExtractorModel
from kgqa.lm.adapter import add_lora
from kgqa.lm.backbone import Backbone
from kgqa.ontology import load_ontology
from kgqa.train.extraction_targets import TargetMaker, Targets
from kgqa.train.extractor import dev_scores

TEXT = "Ada Lovelace left Warsaw in 1840. She died."
ONTOLOGY = load_ontology()
KINDS = {kind.id: index for index, kind in enumerate(ONTOLOGY.mention_types)}


def _targets(backbone: Backbone, relations: frozenset[str] | None) -> Targets:
    clusters = (
        GoldCluster("person", (GoldMention(0, 12), GoldMention(34, 37, pronoun=True))),
        GoldCluster("location", (GoldMention(18, 24),)),
    )
    document = AnnotatedDocument(
        "d",
        "",
        TEXT,
        (SentenceSpan(0, 33), SentenceSpan(34, 43)),
        clusters,
        (GoldRelation(0, "P19", 1),),
        annotated_types=frozenset({"person", "location"}),
        annotated_relations=relations,
        coreference=True,
    )
    (text,) = encode_texts(backbone.tokenizer, [TEXT])
    return TargetMaker(ONTOLOGY).make(document, text)


def test_only_what_is_annotated_is_judged(tiny_backbone: Backbone) -> None:
    targets = _targets(tiny_backbone, None)
    words = [TEXT[start:end] for start, end in targets.text.words]
    ada, warsaw, year, she = (words.index(word) for word in ("Ada", "Warsaw", "1840", "She"))
    person, location, time = (KINDS[kind] for kind in ("person", "location", "time"))
    assert targets.mentions() == {(ada, ada + 2, person), (warsaw, warsaw + 1, location)}
    assert targets.judges(ada, ada + 2, person)
    assert targets.judges(warsaw, warsaw + 1, time)  # it is a location and nothing else
    assert targets.judges(she, she + 1, person)  # a pronoun is no mention
    assert not targets.judges(year, year + 1, time)  # nobody marked times


def test_relations_that_nobody_annotated_are_no_mistakes(tiny_backbone: Backbone) -> None:
    torch.manual_seed(0)
    model = ExtractorModel(
        add_lora(tiny_backbone.copy_model(), 4),
        tiny_backbone.width,
        tiny_backbone.layers,
        len(ONTOLOGY.mention_types),
        len(ONTOLOGY.relations),
    ).eval()
    scores = {}
    with torch.inference_mode():
        for known in (frozenset({"P19"}), None):
            targets = _targets(tiny_backbone, known)
            scores[known] = dev_scores(model, [targets], tiny_backbone.pad_id)[1]
    # One of two ordered pairs has it: guessing both, as untrained weights do, is 2/3 at least.
    assert scores[frozenset({"P19"})] >= 2 / 3 > scores[None]
