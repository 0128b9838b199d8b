"""The network that `kgqa train reader` trains: reader, adapter and context encoder together."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kgqa.context.encoder import ContextOutput, ContextShape
from kgqa.context.encoders import make_context_encoder
from kgqa.context.text import TextEmbedder
from kgqa.lm.adapter import (
    AdapterSettings,
    SavedAdapter,
    add_adapter,
    load_adapter,
    start_from,
)
from kgqa.lm.backbone import Backbone
from kgqa.lm.device import training_device
from kgqa.ontology import Ontology
from kgqa.qa.graph_context import SubgraphReader
from kgqa.qa.model import ReaderModel
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.train.loop import trained_tensors
from kgqa.train.reading_targets import Target
from kgqa.train.settings import ReaderTraining
from kgqa.train.soft_context import POOLED, TOP, start_encoder


class ReadingNetwork(nn.Module):
    """The reader with its context encoder, trained together."""

    def __init__(self, model: ReaderModel, subgraphs: SubgraphReader | None) -> None:
        super().__init__()
        self.model, self.subgraphs = model, subgraphs
        self.context = None if subgraphs is None else subgraphs.encoder
        self.started: dict[str, Tensor] = {}

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.model.verdicts.device

    def outputs(self, targets: Sequence[Target]) -> ContextOutput | None:
        """Virtual tokens of a batch, all of whose targets have a context, or none has."""
        contexts = [t.context for t in targets if t.context is not None]
        if self.subgraphs is None or len(contexts) < len(targets):
            return None
        return self.subgraphs.output([(one.question, one.graph) for one in contexts])

    def tensors(self) -> dict[str, Tensor]:
        """The trained parameters, by the names that weights have."""
        return {name.removeprefix("model."): t for name, t in trained_tensors(self).items()}

    @torch.no_grad()
    def blend(self, share: float) -> None:
        """Put the parameters between those that training went on from and what they are; those
        that were new stay.

        Fine-tuned weights blended so lose less of what the earlier ones could do than they gain
        (Wortsman et al. 2022, arXiv 2109.01903).

        Args:
            share: of what they are, in [0, 1].
        """
        now = self.tensors()
        for name, before in self.started.items():
            now[name].copy_(share * now[name].float() + (1 - share) * before.float())


def context_shape(backbone: Backbone) -> ContextShape:
    """Of the context encoder that goes into the backbone's reader."""
    width = TextEmbedder(backbone).width
    return ContextShape(width, backbone.width, top=TOP, pooled=POOLED)


def adapter_of(config: ReaderTraining) -> AdapterSettings:
    """The kind and size that the training names."""
    return AdapterSettings(config.adapter, config.size)


def reading_network(
    config: ReaderTraining, backbone: Backbone, ontology: Ontology
) -> ReadingNetwork:
    """The network before training: new, or going on from the weights that `config` names.

    Raises:
        WeightsError: these weights do not fit.
    """
    adapted = add_adapter(backbone.copy_model(), adapter_of(config))
    for module in adapted.modules():
        if isinstance(module, nn.Dropout):
            module.p = config.dropout
    model = ReaderModel(adapted.to(backbone.dtype), backbone.width)
    encoder = make_context_encoder(config.context, context_shape(backbone))
    if encoder is not None and config.start_context is not None:
        start_encoder(encoder, config.context, config.start_context, backbone)
    subgraphs = (
        None
        if encoder is None
        else SubgraphReader(config.context, encoder, TextEmbedder(backbone), Verbalizer(ontology))
    )
    if config.start is not None:
        saved = load_adapter(config.start, "reader", backbone)
        if encoder is not None and saved.card.get("context", {}).get("name") == config.context:
            encoder.load_state_dict(saved.head("context"))
        own = {n: t for n, t in saved.tensors.items() if not n.startswith("context.")}
        start_from(model, SavedAdapter(own, saved.card))
    network = ReadingNetwork(model, subgraphs).to(training_device())
    if config.start is not None:
        network.started = {n: t.clone() for n, t in network.tensors().items() if n in saved.tensors}
    return network
