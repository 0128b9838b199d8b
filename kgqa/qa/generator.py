"""The generator: a causal LM writes the answer from passages and graph context."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from kgqa.context.vectors import ContextVectors
from kgqa.errors import WeightsError
from kgqa.lm.adapter import SavedAdapter, adapted_model, load_adapter
from kgqa.lm.backbone import Backbone
from kgqa.lm.batching import length_buckets
from kgqa.lm.causal import CausalLM
from kgqa.lm.decode import Decoding, decode
from kgqa.qa.answer_stream import AnswerStream, Writing, WrittenText, growing
from kgqa.qa.calibration import Calibration
from kgqa.qa.prompting import GeneratorModel, Prompt, make_prompt, titled
from kgqa.qa.spans import spans_of
from kgqa.types import Answer, Question, ScoredPassage, Subgraph

if TYPE_CHECKING:
    from kgqa.qa.graph_context import DialogueMemory, SubgraphReader
    from kgqa.retrieve.verbalize import Verbalizer

_BATCH = 8
NO_CONTEXT = {"name": "none"}
"""What cards without a context encoder say of it."""


class Generator:
    """
    Args:
        model: the LM with its adapter.
        lm: for its tokenizer.
        decoding: how long a text may be, and whether tokens are drawn.
        calibration: log-probability -> probability of being right; None takes the LM's own.
        subgraphs: makes virtual tokens of a question's subgraph; None writes from text only.
    """

    def __init__(
        self,
        model: GeneratorModel,
        lm: CausalLM,
        decoding: Decoding | None = None,
        calibration: Calibration | None = None,
        subgraphs: SubgraphReader | None = None,
    ) -> None:
        self.model = model.eval()
        self.lm = lm
        self.decoding = decoding or Decoding()
        self.calibration = calibration
        self.subgraphs = subgraphs

    @classmethod
    def load(
        cls,
        folder: Path | None,
        lm: CausalLM,
        backbone: Backbone | None = None,
        verbalizer: Verbalizer | None = None,
        decoding: Decoding | None = None,
    ) -> Generator:
        """With the adapter that `kgqa train generator --out` wrote; None takes the bare LM.

        Args:
            backbone: embeds the subgraph's texts for the context encoder, where the weights
                have one; None writes from text only.
            verbalizer: puts relations into words, likewise.

        Raises:
            WeightsError: the adapter is missing, changed, or was trained on another LM, or its
                context encoder with another backbone.
        """
        if folder is None:
            return cls(GeneratorModel(lm.model, lm.width), lm, decoding)
        saved = load_adapter(folder, "generator", lm)
        subgraphs = None
        with_context = saved.card.get("context", NO_CONTEXT)["name"] != "none"
        if with_context and backbone is not None and verbalizer is not None:
            from kgqa.qa.graph_context import load_subgraph_reader

            _check_texts(folder, saved, backbone)
            subgraphs = load_subgraph_reader(saved, backbone, verbalizer)
        model = GeneratorModel(adapted_model(lm, saved), lm.width)
        calibration = Calibration(**saved.card["calibration"])
        return cls(model, lm, decoding, calibration, subgraphs)

    def virtual_tokens(
        self, question: Question, subgraph: Subgraph, memory: DialogueMemory | None = None
    ) -> ContextVectors | None:
        """Those of the question's subgraph, [1, n_virtual_tokens, lm_width]; None where it is
        empty, or where the weights read text only.

        Args:
            memory: of the dialogue; this turn is written into it.
        """
        if self.subgraphs is None or not subgraph.entities:
            return None
        return self.subgraphs.read(question.text, subgraph, memory).vectors

    def prompt(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        context: ContextVectors | None = None,
    ) -> Prompt:
        """The question and its passages, with room for the virtual tokens and an answer."""
        virtual = 0 if context is None else context.vectors.shape[1]
        texts = [titled(scored.title, scored.passage.text) for scored in passages]
        reserved = self.model.adapter_tokens + virtual + self.decoding.max_new_tokens
        return make_prompt(self.lm, question, texts, reserved)

    def write(
        self, prompts: Sequence[Prompt], context: ContextVectors | None = None
    ) -> list[WrittenText]:
        """A text for each prompt; the batch a prompt is in does not change its text, unless its
        tokens are drawn."""
        written: list[WrittenText] = [WrittenText("", 0.0)] * len(prompts)
        for group in length_buckets([prompt.length for prompt in prompts], _BATCH):
            states = self._grow([prompts[i] for i in group], _rows(context, group))
            (texts,) = deque(states, maxlen=1)
            for i, one in zip(group, texts, strict=True):
                written[i] = one.text(self.lm)
        return written

    def answer(
        self,
        question: Question,
        passages: Sequence[ScoredPassage],
        context: ContextVectors | None = None,
    ) -> Answer:
        """Write an answer from the passages and the graph's virtual tokens.

        Args:
            passages: best first; the last are left out where there are too many.
            context: virtual tokens of the retrieved subgraph, a batch of one.

        Returns:
            An answer without triples; its text is None when the LM wrote that there is none.
            Its spans are where the text stands in the passages, and those come first.
        """
        prompt = self.prompt(question.text, passages, context)
        return self.answer_of(question, passages, self.write([prompt], context)[0])

    def stream(
        self,
        question: Question,
        passages: Sequence[ScoredPassage],
        context: ContextVectors | None = None,
    ) -> AnswerStream:
        """`answer`, piece by piece while it is written."""
        states = self._grow([self.prompt(question.text, passages, context)], context)
        return AnswerStream(states, self.lm, partial(self.answer_of, question, passages))

    def answer_of(
        self, question: Question, passages: Sequence[ScoredPassage], written: WrittenText
    ) -> Answer:
        """What was written as an Answer."""
        score = self._score(written)
        if written.abstains:
            return Answer(question.id, None, 1 - score, passages=tuple(passages))
        spans = spans_of(written.text, passages)
        marked = {span.passage_id for span in spans}
        order = sorted(passages, key=lambda scored: scored.passage.id not in marked)
        return Answer(question.id, written.text, score, passages=tuple(order), spans=spans)

    def _score(self, written: WrittenText) -> float:
        if self.calibration is not None and not written.abstains:
            return self.calibration.score(written.log_probability)
        return min(1.0, math.exp(written.log_probability))

    def _grow(
        self, prompts: Sequence[Prompt], context: ContextVectors | None
    ) -> Iterator[list[Writing]]:
        """The texts of a batch after each token."""
        with torch.inference_mode():
            batch = self.model.assemble(prompts, context)
        steps = decode(self.model.backbone, batch, self.lm.stop_ids, self.decoding)
        yield from growing(steps, len(prompts))


def _check_texts(folder: Path, saved: SavedAdapter, backbone: Backbone) -> None:
    if saved.card.get("text_backbone") != backbone.digest:
        raise WeightsError(
            f"{folder}: its context encoder was trained with the texts of another backbone than "
            f"{backbone.name!r}; set `backbone` back, or train it again with `kgqa train generator`"
        )


def _rows(context: ContextVectors | None, rows: list[int]) -> ContextVectors | None:
    if context is None:
        return None
    return ContextVectors(context.vectors[rows], context.mask[rows])
