"""LoRA (Hu et al. 2021, arXiv 2106.09685): W' = W + (alpha / rank) B A.

A is [rank, inputs] and B [outputs, rank]. Training goes through PEFT; reading adds the product
to a copy of the backbone's weights once, so that it costs nothing more per token.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from kgqa.errors import WeightsError

_A, _B = ".lora_A.default.weight", ".lora_B.default.weight"


def add_lora(
    model: nn.Module, size: int, alpha: int | None = None, dropout: float = 0.0
) -> nn.Module:
    """Put trainable LoRA layers beside every linear layer that is found in the model.

    The projection to the vocabulary stays as it is: often its weights are the input
    embeddings' as well.

    Args:
        size: the rank.
        alpha: `alpha / size` multiplies the update; None is `size`.
        dropout: on the layers' input, in training.

    Raises:
        WeightsError: the model has no linear layer.
    """
    from peft import LoraConfig, inject_adapter_in_model

    from kgqa.lm.folded_lora import FoldedLora

    output = getattr(model, "get_output_embeddings", lambda: None)()
    linear = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and module is not output
    ]
    if not linear:
        raise WeightsError(
            f"lora: expected a backbone with linear layers, got {type(model).__name__} without "
            "one; take another backbone, or the adapter `prompt`"
        )
    config = LoraConfig(
        r=size,
        lora_alpha=size if alpha is None else alpha,
        lora_dropout=dropout,
        target_modules=linear,
    )
    config._register_custom_module({nn.Linear: FoldedLora})
    return inject_adapter_in_model(config, model)


def merge_lora(model: nn.Module, tensors: Mapping[str, Tensor], scale: float) -> nn.Module:
    """Add `scale * B A` to each adapted weight of a plain model.

    The weights are replaced, not written into: they may be shared with another model.

    Raises:
        WeightsError: a tensor names a layer that this model does not have.
    """
    modules = dict(model.named_modules())
    for name, a in tensors.items():
        if not name.endswith(_A):
            continue
        layer = modules.get(name.removesuffix(_A))
        if not isinstance(layer, nn.Linear):
            raise WeightsError(f"adapter names the layer {name!r}, which the backbone has not")
        b = tensors[name.removesuffix(_A) + _B]
        with torch.no_grad():
            old = layer.weight
            update = (scale * (b.float() @ a.float())).to(old.device)
            new = (old.float() + update).to(old.dtype)
        layer.weight = nn.Parameter(new, requires_grad=old.requires_grad)
    return model
