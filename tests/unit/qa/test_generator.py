"""The generator on tiny LMs: what it reads from virtual tokens, batches, streams, abstention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from kgqa.context.vectors import ContextVectors
from kgqa.errors import WeightsError
from kgqa.lm.adapter import AdapterSettings, adapter_card, add_adapter, save_adapter
from kgqa.lm.causal import CausalLM, load_causal
from kgqa.qa.answer_stream import WrittenText
from kgqa.qa.generator import Generator
from kgqa.qa.prompting import GeneratorModel, make_prompt
from kgqa.train.generator import FittedGenerator, WritingExample, fit_generator
from kgqa.train.generator_graph import ReadGraphs
from kgqa.train.loop import LoopSettings, trained_tensors
from kgqa.types import Passage, Question, ScoredPassage

QUESTION = Question("q", "In which city was the person born?")
# The last tail is no entity: a question that the graph does not answer.
TAILS = ("Warsaw", "Paris", "New York", "Kraków", None)
GRAPH_WIDTH, NOISE = 16, 0.1


class ToyContext(nn.Module):
    """Two virtual tokens for the tail of a question's triple: the network knows it from there
    alone, since all questions have the same words. Never the same vector twice."""

    def __init__(self, width: int) -> None:
        super().__init__()
        tails = torch.randn(len(TAILS), GRAPH_WIDTH, generator=torch.Generator().manual_seed(7))
        self.register_buffer("tails", tails)
        self.project = nn.Linear(GRAPH_WIDTH, 2 * width)

    def forward(self, answers: Sequence[str | None]) -> ContextVectors:
        tails = self.tails[[TAILS.index(answer) for answer in answers]]  # type: ignore[index]
        vectors = self.project(tails + NOISE * torch.randn_like(tails)).unflatten(1, (2, -1))
        return ContextVectors(vectors, torch.ones(vectors.shape[:2]))


class Toy:
    """A trained generator and what it was trained with."""

    def __init__(self, lm: CausalLM, folder: Path) -> None:
        torch.manual_seed(0)
        self.lm, self.settings = lm, AdapterSettings("lora", 8)
        self.context = ToyContext(lm.width)
        self.start = self.context.project.weight.detach().clone()
        backbone = add_adapter(lm.copy_model(), self.settings)
        self.model = GeneratorModel(backbone, lm.width, self.context)
        self.examples = [WritingExample(QUESTION.text, (), tail) for tail in TAILS] * 4
        self.fitted: FittedGenerator = fit_generator(
            self.model,
            lm,
            self.examples,
            self.examples[: len(TAILS)],
            LoopSettings(epochs=40, learning_rate=1e-2),
            folder,
            batch_size=10,
            contexts=self.contexts,
        )
        self.generator = Generator(self.model, lm)

    def contexts(self, examples: Sequence[WritingExample]) -> ReadGraphs:
        return ReadGraphs(self.context([example.answer for example in examples]))

    @torch.inference_mode()
    def vectors(self, *answers: str | None) -> ContextVectors:
        return self.context(answers)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def toys(tiny_lm_folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[Toy]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    made = [
        Toy(load_causal(str(tiny_lm_folders[shape]), "fp32"), tmp_path_factory.mktemp(shape))
        for shape in ("llama", "qwen")
    ]
    torch.set_num_threads(before)
    return made


@pytest.fixture(scope="module", params=[0, 1], ids=["llama", "qwen"])
def toy(request: pytest.FixtureRequest, toys: list[Toy]) -> Toy:
    return toys[request.param]


def test_it_answers_from_the_virtual_tokens(toy: Toy) -> None:
    answers = [toy.generator.answer(QUESTION, (), toy.vectors(tail)) for tail in TAILS]
    assert [answer.text for answer in answers] == list(TAILS)
    assert all(0 < answer.score < 1 for answer in answers)
    assert toy.fitted.fit.best == 1.0


def test_a_texts_log_probability_is_that_of_its_tokens(toy: Toy) -> None:
    context, prompt = toy.vectors("New York"), toy.generator.prompt(QUESTION.text, ())
    written = toy.generator.write([prompt], context)[0]
    ids = [*toy.lm.ids("New York"), toy.lm.end_id]
    with torch.inference_mode():
        loss = float(toy.model([prompt], [ids], context))
    assert written.log_probability == pytest.approx(-loss * len(ids), rel=1e-3)
    elsewhere = toy.generator.write([prompt], toy.vectors("Paris"))[0]
    assert elsewhere.text == "Paris"


def test_gradients_reach_the_context_encoder(toy: Toy) -> None:
    assert not torch.allclose(toy.context.project.weight, toy.start, atol=1e-2)


def test_a_batch_of_mixed_lengths_answers_as_each_alone(toy: Toy) -> None:
    passages = [(), (_passage("Marie Curie studied."),), (_passage("Paris. " * 9),), (), ()]
    context = toy.vectors(*TAILS)
    prompts = [toy.generator.prompt(QUESTION.text, p, context) for p in passages]
    assert len({prompt.length for prompt in prompts}) == 3
    alone = [
        toy.generator.write([prompt], ContextVectors(context.vectors[[row]], context.mask[[row]]))[
            0
        ]
        for row, prompt in enumerate(prompts)
    ]
    together = toy.generator.write(prompts, context)
    assert [one.text for one in together] == [one.text for one in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-3)


def test_masked_virtual_tokens_are_not_there(toy: Toy) -> None:
    context = toy.vectors("Paris")
    junk = torch.full((1, 3, toy.lm.width), 50.0)
    padded = ContextVectors(
        torch.cat([context.vectors, junk], dim=1), torch.tensor([[1, 1, 0, 0, 0]])
    )
    prompt = toy.generator.prompt(QUESTION.text, ())
    assert toy.generator.write([prompt], padded) == toy.generator.write([prompt], context)


def test_streamed_pieces_are_the_answer(toy: Toy) -> None:
    for tail in ("New York", "Kraków", "Warsaw"):
        context = toy.vectors(tail)
        stream = toy.generator.stream(QUESTION, (), context)
        pieces = list(stream)
        assert "".join(pieces) == tail
        assert len(pieces) > 1 or tail == "Warsaw"
        assert all(pieces)
        assert stream.answer == toy.generator.answer(QUESTION, (), context)


def test_an_abstention_streams_nothing(toy: Toy) -> None:
    stream = toy.generator.stream(QUESTION, (), toy.vectors(None))
    assert list(stream) == []
    assert stream.answer.text is None


def test_a_trained_generator_is_read_back_and_another_lm_refused(
    toy: Toy, tiny_lm_folders: dict[str, Path], tmp_path: Path
) -> None:
    card = {
        "kind": "generator",
        "backbone": toy.lm.digest,
        "adapter": adapter_card(toy.settings),
        "calibration": {
            "slope": toy.fitted.calibration.slope,
            "offset": toy.fitted.calibration.offset,
        },
    }
    save_adapter(tmp_path, trained_tensors(toy.model), card)
    read = Generator.load(tmp_path, toy.lm)
    texts = [read.answer(QUESTION, (), toy.vectors(tail)).text for tail in TAILS]
    assert texts == list(TAILS)
    bare = Generator.load(None, toy.lm)
    assert bare.answer(QUESTION, (), toy.vectors("Paris")).text != "Paris"
    other = load_causal(str(tiny_lm_folders["other"]), "fp32")
    with pytest.raises(WeightsError, match="trained on another backbone") as refused:
        Generator.load(tmp_path, other)
    assert "\n" not in str(refused.value)


def test_a_prompt_adapter_keeps_its_own_positions_free(tiny_lm: CausalLM) -> None:
    passages = [_passage("Paris London Warsaw " * 400, str(n)) for n in range(3)]
    lengths = []
    for size in (8, 24):
        backbone = add_adapter(tiny_lm.copy_model(), AdapterSettings("prompt", size))
        generator = Generator(GeneratorModel(backbone, tiny_lm.width), tiny_lm)
        prompt = generator.prompt(QUESTION.text, passages)
        lengths.append(prompt.length + size + generator.decoding.max_new_tokens)
        assert generator.write([prompt])[0].log_probability <= 0
    assert lengths == [tiny_lm.max_tokens] * 2


def test_the_loss_is_on_the_answers_tokens_only(tiny_lm: CausalLM) -> None:
    """As one text at a time, from the whole text's logits."""
    model = GeneratorModel(tiny_lm.model, tiny_lm.width).eval()
    prompts = [make_prompt(tiny_lm, QUESTION.text, texts) for texts in ((), ("Paris London",))]
    answers = [[*tiny_lm.ids(text), tiny_lm.end_id] for text in ("New York", "Paris")]
    losses = []
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = [*prompt.before, *prompt.after, *answer]
        with torch.inference_mode():
            logits = tiny_lm.model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        first = len(ids) - len(answer)
        losses += [-float(logits[first + i - 1, token]) for i, token in enumerate(answer)]
    with torch.inference_mode():
        together = float(model(prompts, answers))
    assert together == pytest.approx(sum(losses) / len(losses), rel=1e-4)


def test_evidence_is_where_the_text_stands(toy: Toy) -> None:
    passages = (
        _passage("Comparison of cities.", "a"),
        _passage("She left new\nyork; New York again.", "b", start=100),
    )
    written = WrittenText("New York", -0.1)
    answer = toy.generator.answer_of(QUESTION, passages, written)
    assert [(s.passage_id, s.start, s.end, s.text) for s in answer.spans] == [
        ("b", 109, 117, "new\nyork")
    ]
    assert [scored.passage.id for scored in answer.passages] == ["b", "a"]
    part = toy.generator.answer_of(QUESTION, passages, replace(written, text="Yo"))
    assert part.spans == ()


@pytest.mark.parametrize("text", ["", "no answer", "No answer."])
def test_what_counts_as_abstaining(text: str, toy: Toy) -> None:
    assert toy.generator.answer_of(QUESTION, (), WrittenText(text, 0.0)).text is None
    assert not WrittenText("no answers", 0.0).abstains


def test_context_vectors_of_another_width_are_refused(toy: Toy) -> None:
    wrong = ContextVectors(torch.zeros(1, 2, 5), torch.ones(1, 2))
    with pytest.raises(WeightsError, match=r"expected \[1, n, 64\]"):
        toy.generator.answer(QUESTION, (), wrong)


def _passage(text: str, name: str = "p", start: int = 0) -> ScoredPassage:
    return ScoredPassage(Passage(name, "d", start, start + len(text), text), "", "source", 1.0)
