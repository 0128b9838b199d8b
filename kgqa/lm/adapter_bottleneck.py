"""Bottleneck adapters (Houlsby et al. 2019, arXiv 1902.00751): x + W_up ReLU(W_down x).

One stands after each attention and each feed-forward sublayer, on the sublayer's last
projection, before the residual is added.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional

from kgqa.errors import WeightsError

_DEVIATION = 0.01
"""Of the first W_down, as in the paper; W_up starts at zero, so that nothing changes at first."""


class Bottleneck(nn.Module):
    """
    Args:
        width: of the states it changes.
        size: of its narrow middle.
        dropout: on what it adds.
    """

    def __init__(self, width: int, size: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(width, size), nn.Linear(size, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.down.weight, std=_DEVIATION)
        for parameter in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(parameter)

    def forward(self, states: Tensor) -> Tensor:
        """States [..., width] to states of the same shape."""
        added: Tensor = self.dropout(self.up(functional.relu(self.down(states))))
        return states + added


def add_bottlenecks(model: nn.Module, size: int, dropout: float = 0.0) -> nn.Module:
    """Put a trainable bottleneck after every sublayer that is found, and nothing else to train.

    The backbone's own parameters keep their names.

    Raises:
        WeightsError: no transformer layers are found.
    """
    model.requires_grad_(False)
    for projection in sublayer_outputs(model):
        weight = projection.weight
        projection.adapter = Bottleneck(projection.out_features, size, dropout).to(
            weight.device, weight.dtype
        )
        projection.register_forward_hook(_adapted)
    return model


def _adapted(projection: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> Tensor:
    # Takes its bottleneck from the module it is called with: so a copied model uses its own.
    return projection.adapter(output)  # type: ignore[operator, no-any-return]


def sublayer_outputs(model: nn.Module) -> list[nn.Linear]:
    """The last projection of each attention and feed-forward sublayer, two for a layer.

    Found by structure, whatever the names: of a transformer layer's parts, the first that has
    linear layers is the attention and the last is, or ends, the feed-forward network; the
    output of each is its last linear layer that gives states of the model's width.

    Raises:
        WeightsError: the model has no list of such layers.
    """
    width = int(model.config.hidden_size)  # type: ignore[union-attr, arg-type]
    found: list[nn.Linear] = []
    for layer in _layers(model):
        outputs = [
            [m for m in part.modules() if isinstance(m, nn.Linear) and m.out_features == width]
            for part in layer.children()
            if any(isinstance(m, nn.Linear) for m in part.modules())
        ]
        if len(outputs) < 2 or not outputs[0] or not outputs[-1]:
            found = []
            break
        found += [outputs[0][-1], outputs[-1][-1]]
    if not found:
        raise WeightsError(
            "bottleneck: expected a backbone of transformer layers, each with an attention and a "
            f"feed-forward part of linear layers, got {type(model).__name__}; take the adapter "
            "`lora` or `prompt`"
        )
    return found


def _layers(model: nn.Module) -> Iterator[nn.Module]:
    """The members of the outermost lists of like modules with linear layers in them."""
    for child in model.children():
        members = list(child) if isinstance(child, nn.ModuleList) else []
        alike = len({type(member) for member in members}) == 1
        if alike and any(isinstance(m, nn.Linear) for m in members[0].modules()):
            yield from members
        else:
            yield from _layers(child)
