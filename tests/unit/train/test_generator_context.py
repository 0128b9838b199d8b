"""A generator that is trained with a context encoder reads its answers off the graph."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch

from kgqa.cli.main import main
from kgqa.config import load_settings
from kgqa.context.encoder import ContextShape
from kgqa.context.encoders import make_context_encoder
from kgqa.context.text import TextEmbedder
from kgqa.errors import WeightsError
from kgqa.lm.adapter import AdapterSettings, add_adapter, read_card
from kgqa.lm.backbone import Backbone
from kgqa.lm.causal import CausalLM
from kgqa.models import Models
from kgqa.ontology import load_ontology
from kgqa.pipeline import ask, ingest
from kgqa.qa.graph_context import SubgraphReader
from kgqa.qa.prompting import GeneratorModel
from kgqa.retrieve.retriever import Retriever
from kgqa.retrieve.verbalize import Verbalizer
from kgqa.store.open import open_store
from kgqa.train.checkpoint import Fit
from kgqa.train.generator import fit_generator
from kgqa.train.generator_examples import WritingExample
from kgqa.train.generator_graph import (
    GraphInputs,
    ReadGraphs,
    gold_rows,
    read_graphs,
    without_entity,
)
from kgqa.train.loop import LoopSettings
from kgqa.types import Document, Entity, Question, Subgraph, Triple

CITIES = ("Warsaw", "Paris", "London", "Cambridge")
QUESTIONS = {"P19": "Where was Marie Curie born?", "P20": "Where did Marie Curie die?"}
PASSAGES = {
    "Marie Curie": "Marie Curie was born in Warsaw.",
    "Pierre Curie": "Pierre Curie died in Paris.",
    "Ada Lovelace": "Ada Lovelace was born in London.",
    "Alan Turing": "Alan Turing died in England.",
}


def subgraph(born: str, died: str) -> Subgraph:
    """One person, born and dead in two of the cities; which, only the triples tell."""
    cities = sorted({born, died})
    person = Entity("p", "person", "Marie Curie")
    entities = (person, *(Entity(city, "location", city) for city in cities))
    triples = (Triple("p", "P19", born), Triple("p", "P20", died))
    return Subgraph(("p",), entities, triples, (1.0,) * len(entities))


def graph_reader(backbone: Backbone, lm_width: int) -> SubgraphReader:
    torch.manual_seed(0)
    texts = TextEmbedder(backbone)
    shape = ContextShape(texts.width, lm_width, width=32, steps=1, top=2, pooled=1, dropout=0.0)
    encoder = make_context_encoder("gnn", shape)
    assert encoder is not None
    return SubgraphReader("gnn", encoder, texts, Verbalizer(load_ontology()))


def examples(reader: SubgraphReader, steps: Sequence[int]) -> Iterator[WritingExample]:
    """Two questions for each graph whose cities are so many places apart; no passage at all."""
    for place, born in enumerate(CITIES):
        for step in steps:
            died = CITIES[(place + step) % len(CITIES)]
            graph = subgraph(born, died)
            for relation, question in QUESTIONS.items():
                answer = born if relation == "P19" else died
                inputs = GraphInputs(*reader.tensors(question, graph), gold_rows(graph, answer))
                yield WritingExample(question, (), answer, inputs)


def fit(lm: CausalLM, backbone: Backbone, out: Path, *, context: bool) -> Fit:
    """Trained on graphs, and measured on others with the same words in the question."""
    reader = graph_reader(backbone, lm.width)
    train, held = list(examples(reader, (1, 2))) * 5, list(examples(reader, (3,)))

    def contexts(batch: Sequence[WritingExample]) -> ReadGraphs:
        return read_graphs(reader, [one.graph for one in batch if one.graph is not None])

    adapted = add_adapter(lm.copy_model(), AdapterSettings("lora", 8))
    model = GeneratorModel(adapted, lm.width, reader.encoder if context else None)
    settings = LoopSettings(epochs=8, learning_rate=1e-2)
    read = contexts if context else None
    return fit_generator(model, lm, train, held, settings, out, 16, read).fit


def test_it_answers_from_graphs_it_has_not_seen_and_text_alone_does_not(
    tiny_lm: CausalLM, tiny_backbone: Backbone, tmp_path: Path
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert fit(tiny_lm, tiny_backbone, tmp_path / "graph", context=True).best >= 0.75
        assert fit(tiny_lm, tiny_backbone, tmp_path / "text", context=False).best <= 0.5
    finally:
        torch.set_num_threads(before)


def test_an_empty_subgraph_gives_no_virtual_tokens(tiny_backbone: Backbone) -> None:
    reader = graph_reader(tiny_backbone, 24)
    rows = [
        reader.tensors("Who?", graph) for graph in (subgraph(*CITIES[:2]), Subgraph((), (), ()))
    ]
    inputs = [GraphInputs(*rows[0], (1,)), GraphInputs(*rows[1])]
    both = read_graphs(reader, inputs)
    assert both.vectors.mask.tolist() == [[1, 1, 1], [0, 0, 0]]
    assert both.loss is not None
    alone = read_graphs(reader, inputs[1:])
    assert (alone.vectors.mask.sum(), alone.loss) == (0, None)


def test_an_entity_is_left_out_with_its_triples() -> None:
    graph = subgraph("Warsaw", "Paris")
    assert gold_rows(graph, "warsaw") == (2,)
    assert gold_rows(graph, None) == ()
    left = without_entity(graph, "Warsaw")
    assert [entity.name for entity in left.entities] == ["Marie Curie", "Paris"]
    assert left.triples == (Triple("p", "P20", "Paris"),)
    assert (left.seeds, len(left.scores)) == (("p",), 2)


def test_the_command_trains_it_and_ask_reads_the_graph(
    tiny_lm_folders: dict[str, Path],
    tiny_backbone_folder: Path,
    tiny_weights: Path,
    squad_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KGQA_LM", str(tiny_lm_folders["qwen"]))
    monkeypatch.setenv("KGQA_BACKBONE", str(tiny_backbone_folder))
    monkeypatch.setenv("KGQA_PRECISION", "fp32")
    url, out = f"sqlite:///{tmp_path}/graph.db", tmp_path / "generator"
    with open_store(url) as store:
        documents = [Document.create(f"{t}.txt", t, text) for t, text in PASSAGES.items()]
        ingest(documents, store, Models(load_settings(weights=tiny_weights)))
    words = f"train generator --train {squad_file} --dev {squad_file} --out {out} --json".split()
    options = f"--context gnn --stores {url} --size 4 --limit 8 --lr 0.01 --accumulate 1".split()
    assert main([*words, *options]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert set(metrics) == {"dev_em", "dev_em_text_only"}
    assert read_card(out, "generator")["context"]["name"] == "gnn"

    models = Models(load_settings(weights=tmp_path))
    question = Question("q", "Where was Marie Curie born?")
    pieces: list[str] = []
    with open_store(url) as store:
        retriever = Retriever(store, models.encoder)
        read = ask(question, store, models, retriever, wrote=pieces.append)
        text_only = ask(question, store, models, retriever, context=False)
        given = retriever.subgraph(question.text, 40)
    assert models.generator is not None
    vectors = models.generator.virtual_tokens(question, given)
    assert vectors is not None
    assert vectors.vectors.shape == (1, 18, 64)
    assert read.score != text_only.score
    assert "".join(pieces) == (read.text or "")
    with pytest.raises(WeightsError, match="texts of another backbone"):
        _ = Models(load_settings(weights=tmp_path, backbone="packaged")).generator


@pytest.mark.parametrize("options", [["--context", "gnn"], ["--stores", "sqlite:///graph.db"]])
def test_a_context_needs_stores_and_stores_a_context(
    options: list[str],
    tiny_lm_folders: dict[str, Path],
    tiny_backbone_folder: Path,
    squad_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KGQA_LM", str(tiny_lm_folders["qwen"]))
    monkeypatch.setenv("KGQA_BACKBONE", str(tiny_backbone_folder))
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///graph.db").close()
    words = ["train", "generator", "--train", str(squad_file), "--out", str(tmp_path / "o")]
    assert main([*words, *options]) == 1
    assert "expected --context and --stores together" in capsys.readouterr().err
