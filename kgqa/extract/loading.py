"""The extractor's weights from a folder, once a process."""

from __future__ import annotations

import functools
from pathlib import Path

from kgqa.extract.model import ExtractorModel
from kgqa.extract.reading import PassageReader
from kgqa.lm.adapter import adapted_model, load_adapter, shipped_weights
from kgqa.lm.backbone import Backbone, load_backbone
from kgqa.ontology import Ontology, load_ontology


def make_passage_reader(folder: Path, backbone: Backbone, ontology: Ontology) -> PassageReader:
    """Raises WeightsError when the folder's weights are missing, changed, or for another
    backbone or ontology."""
    saved = load_adapter(folder, "extractor", backbone, ontology.digest)
    model = ExtractorModel(
        adapted_model(backbone, saved),
        backbone.width,
        backbone.layers,
        len(ontology.mention_types),
        len(ontology.relations),
    )
    for part in ("shapes", "mentions", "coreference", "relations"):
        getattr(model, part).load_state_dict(saved.head(part))
    # By far the largest product outside the backbone: it takes the backbone's precision.
    model.relations.bilinear.to(backbone.dtype)
    return PassageReader(model, backbone, ontology, float(saved.card["relation_shift"]))


@functools.cache
def load_passage_reader(weights: str | None, backbone: str) -> PassageReader:
    """What the spaCy components share: the same weights are loaded once."""
    folder = Path(weights) if weights else shipped_weights("extractor")
    return make_passage_reader(folder, load_backbone(backbone), load_ontology())
