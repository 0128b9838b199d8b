"""h = LM([question; passages; p_1 ... p_n]) for a causal LM: words, then virtual tokens.

The virtual tokens end the user's message; what the chat template writes to open the answer
comes after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgqa.context.vectors import ContextVectors
from kgqa.errors import WeightsError
from kgqa.lm.adapter_prompt import prompt_tokens
from kgqa.lm.causal import CausalLM
from kgqa.lm.decode import LeftPadded, left_padded

NO_ANSWER = "no answer"
"""What the generator writes to abstain."""
MAX_TOKENS = 2048
"""Of question and passages; what is beyond belongs to the last passages and is left out."""
_INSTRUCTION = (
    "Answer the question in as few words as possible. "
    f"Where the passages do not tell, write: {NO_ANSWER}"
)
_IGNORED = -100


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids on both sides of the virtual tokens.

    Attributes:
        before: the chat's opening, the question and the passages.
        after: what opens the answer.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def length(self) -> int:
        """In tokens, without the virtual ones."""
        return len(self.before) + len(self.after)


def titled(title: str, text: str) -> str:
    """A passage as the prompt shows it."""
    return f"{title}: {text}" if title else text


def make_prompt(lm: CausalLM, question: str, texts: Sequence[str], reserved: int = 0) -> Prompt:
    """
    Args:
        texts: passages, best first: the last ones are cut where there are too many.
        reserved: positions kept for virtual tokens and the answer.

    Raises:
        WeightsError: the LM has too few positions.
    """
    room = min(MAX_TOKENS, lm.max_tokens - reserved)
    if room < 1:
        raise WeightsError(
            f"lm {lm.name!r}: expected more than {reserved} positions, which virtual tokens and "
            f"answer take, got {lm.max_tokens}; take another LM or fewer virtual tokens"
        )
    content = "\n".join([_INSTRUCTION, f"Question: {question}", *texts])
    before, after = lm.chat_ids(content, room)
    return Prompt(tuple(before), tuple(after))


class GeneratorModel(nn.Module):
    """A causal LM that reads prompts with virtual tokens in them.

    Args:
        backbone: the LM's model, adapted or with an adapter to train.
        width: its hidden size.
        context: the encoder of the virtual tokens, if it is trained along.
    """

    def __init__(self, backbone: nn.Module, width: int, context: nn.Module | None = None) -> None:
        super().__init__()
        self.backbone = backbone
        self.context = context
        self.width = width

    @property
    def adapter_tokens(self) -> int:
        """Positions that a `prompt` adapter takes before everything else."""
        return prompt_tokens(self.backbone)

    def assemble(
        self,
        prompts: Sequence[Prompt],
        context: ContextVectors | None = None,
        answers: Sequence[Sequence[int]] = (),
    ) -> LeftPadded:
        """Embeddings of each prompt with its virtual tokens, and of its answer if there is one.

        Virtual tokens that are masked out are not there at all.

        Args:
            context: its batch is that of the prompts.
            answers: token ids, one sequence for each prompt, or none at all.

        Raises:
            WeightsError: the context vectors have another width or batch size.
        """
        if context is not None:
            self._check(context, len(prompts))
        embed = self.backbone.get_input_embeddings()  # type: ignore[operator]
        device = embed.weight.device
        rows = []
        for number, prompt in enumerate(prompts):
            before = embed(torch.tensor(prompt.before, dtype=torch.long, device=device))
            rest = [*prompt.after, *(answers[number] if answers else ())]
            after = embed(torch.tensor(rest, dtype=torch.long, device=device))
            virtual = before[:0]
            if context is not None:
                there = context.mask[number].bool()
                virtual = context.vectors[number][there].to(device, before.dtype)
            rows.append(torch.cat([before, virtual, after]))
        return left_padded(rows)

    def forward(
        self,
        prompts: Sequence[Prompt],
        answers: Sequence[Sequence[int]],
        context: ContextVectors | None = None,
    ) -> Tensor:
        """Mean cross-entropy of the answers' tokens alone, a scalar.

        Sequences end together, so the last logits are the answers'.
        """
        batch = self.assemble(prompts, context, answers)
        longest = max(len(answer) for answer in answers)
        logits = self.backbone(
            inputs_embeds=batch.embeddings,
            attention_mask=batch.mask,
            position_ids=batch.positions,
            use_cache=False,
            logits_to_keep=longest + 1,
        ).logits[:, :-1]
        labels = torch.full((len(answers), longest), _IGNORED, device=logits.device)
        for row, answer in enumerate(answers):
            labels[row, longest - len(answer) :] = torch.tensor(answer, device=logits.device)
        return functional.cross_entropy(
            logits.float().flatten(0, 1), labels.flatten(), ignore_index=_IGNORED
        )

    def _check(self, context: ContextVectors, batch: int) -> None:
        if context.vectors.shape[0] != batch or context.vectors.shape[2] != self.width:
            raise WeightsError(
                f"context vectors: expected [{batch}, n, {self.width}], the LM's width, got "
                f"{list(context.vectors.shape)}; load the context encoder trained for this LM"
            )
