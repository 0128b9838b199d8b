from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "context"))
from graph_family import family, write_family

from kgqa.context.graph import TripleGraph
from kgqa.context.path_scorer import PathScorer
from kgqa.context.text import TextEmbedder
from kgqa.errors import ConfigError, WeightsError
from kgqa.lm.adapter import load_adapter, read_card, save_adapter
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import GraphReader
from kgqa.train.context import train_context
from kgqa.train.graph_examples import GivenExample, TrainingGraph, given_examples
from kgqa.train.made_graph_questions import made_questions
from kgqa.train.near_words import NearWords
from kgqa.train.path_examples import PropertyPaths, altered, graph_paths
from kgqa.train.path_loss import PathLoss
from kgqa.train.path_training import RelationTable, path_examples
from kgqa.train.property_questions import PropertyExample, make_properties
from kgqa.train.settings import ContextTraining


def over(texts: TextEmbedder) -> TrainingGraph:
    graph = family()
    return TrainingGraph(graph, texts.names(list(graph.relations)))


def settings(folder: Path, **changes: object) -> ContextTraining:
    triples, questions = write_family(folder)
    given: dict[str, object] = {
        "train": (questions,),
        "triples": (triples,),
        "dev": questions,
        "out": folder / "out",
        "epochs": 1,
        "learning_rate": 3e-3,
        "width": 32,
        "paths": True,
    }
    return ContextTraining(**{**given, **changes})  # type: ignore[arg-type]


def test_the_paths_of_a_question_are_those_that_end_at_its_answers(
    tiny_backbone: Backbone, tmp_path: Path
) -> None:
    training = over(TextEmbedder(tiny_backbone))
    graph = training.graph
    _, questions = write_family(tmp_path)
    for example in given_examples(questions, training):
        found = graph_paths(example, range(len(graph.relations)), 3)
        assert found is not None, example.text
        names = {tuple(graph.relations[kind // 2] for kind in path) for path in found.right}
        if example.text == "where was the mother of [MASK] born":
            assert ("mother", "born_in") in names
        choice = found.choice(Random(0), 12)
        assert len(choice.wrong) <= 12
        assert not set(choice.wrong) & set(found.right)


def test_a_gold_path_of_the_file_is_right_where_a_shorter_one_ends_alike(tmp_path: Path) -> None:
    graph = TripleGraph.from_triples(
        [("Song", "versions", "Song"), ("Song", "artist", "Muffs"), ("Album", "track", "Song")]
    )
    training = TrainingGraph(graph, torch.zeros(len(graph.relations), 2))
    versions, artist, track = (
        2 * graph.relations.index(r) for r in ("versions", "artist", "track")
    )
    file = tmp_path / "questions.txt"
    file.write_text(
        "artist of versions of Song ?\tMuffs(Muffs/)\tSong#versions#Song#artist#Muffs\n"
        "album of Song ?\tAlbum(Album/)\tSong#track#Album\n"
        "artist of nothing of Song ?\tMuffs(Muffs/)\tSong#unknown#Song#artist#Muffs\n"
    )
    asked = given_examples(file, training)
    assert [one.path for one in asked] == [(versions, artist), (track + 1,), ()]
    found = [graph_paths(one, range(3), 3) for one in asked]
    assert [one.right for one in found if one] == [
        ((versions, artist),),
        ((track + 1,),),
        ((artist,),),
    ]
    assert found[0] is not None
    assert (artist,) in found[0].wrong
    short = graph_paths(asked[0], range(3), 1)  # a path of more steps than are scored
    assert short is not None
    assert short.right == ((artist,),)


def test_a_made_question_has_the_path_that_it_was_made_from(tiny_backbone: Backbone) -> None:
    training = over(TextEmbedder(tiny_backbone))
    for example in made_questions(training, 30, seed=2):
        found = graph_paths(example, range(len(training.graph.relations)), 3)
        assert found is not None
        assert found.right == (example.path,)
        begun = found.choice(Random(1), 16)
        assert all(begun.begins_right(example.path[:n]) for n in range(1, len(example.path) + 1))


def test_answers_that_no_path_leads_to_give_no_example(tiny_backbone: Backbone) -> None:
    training = over(TextEmbedder(tiny_backbone))
    ada, poland = (training.graph.entities.index(name) for name in ("Ada", "Poland"))
    lost = GivenExample("q", "q", training, (ada,), frozenset({ada, poland}))
    assert graph_paths(lost, range(4), 3) is None


def test_altered_paths_differ_and_fit_the_steps() -> None:
    draw = Random(0)
    for path in ((0,), (2, 5), (4, 4, 1)):
        wrong = altered(path, 6, 3, draw)
        assert path not in wrong
        assert len(set(wrong)) == len(wrong) >= 10
        assert all(1 <= len(one) <= 3 and all(0 <= kind < 12 for kind in one) for one in wrong)
        assert {path[:n] for n in range(1, len(path))} <= set(wrong)


def test_properties_are_drawn_around_the_path_each_time(tiny_backbone: Backbone) -> None:
    labels = {f"P{n}": f"property {n}" for n in range(300)}
    properties = make_properties(labels, torch.zeros(300, 2))
    example = PropertyExample("q", ((7, 0), (9, 1), (7, 0)), properties)
    paths = PropertyPaths(example, first=100, common=(1, 2, 3), steps=3)
    draw = Random(0)
    choices = [paths.choice(draw, 16) for _ in range(20)]
    for choice in choices:
        walked = [(choice.relations[kind // 2], kind % 2) for kind in choice.right[0]]
        assert walked == [(107, 0), (109, 1), (107, 0)]
        assert len(set(choice.relations)) == len(choice.relations)
        assert max(kind // 2 for path in choice.wrong for kind in path) < len(choice.relations)
    assert len({tuple(choice.relations) for choice in choices}) == 20


def test_the_loss_falls_when_the_right_path_is_preferred(tiny_backbone: Backbone) -> None:
    torch.manual_seed(0)
    texts = TextEmbedder(tiny_backbone)
    training, table = over(texts), RelationTable(texts)
    made = made_questions(training, 24, seed=0)
    examples = path_examples(made, table, 3)
    rows = {
        one.text: row for one, row in zip(made, texts.rows([m.text for m in made]), strict=True)
    }
    scorer = PathScorer(texts.width, 3, width=16, dropout=0.0)
    loss = PathLoss(scorer, table.words(), rows)
    optimizer = torch.optim.AdamW(scorer.parameters(), lr=5e-3)
    values = []
    for _ in range(60):
        value = loss(examples)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        values.append(float(value.detach()))
    assert sum(values[-5:]) < 0.6 * sum(values[:5])


def test_training_with_paths_writes_a_scorer_that_answers(
    tiny_backbone: Backbone, tmp_path: Path
) -> None:
    config = settings(tmp_path, epochs=60, learning_rate=6e-3)
    metrics = train_context(config, tiny_backbone)
    assert metrics["dev_hits@1"] >= 90
    card = read_card(config.out, "context")
    assert card["paths"] == {"width": 64, "steps": 3, "counts_hops": True}
    assert "--paths --steps" in card["command"]
    reader = GraphReader.load(config.out, tiny_backbone)
    assert reader.paths is not None
    graph = family()
    ranked = reader.answer(graph, "where was the mother of [Ada] born", [0])
    told = [(graph.entities[h], graph.relations[r]) for h, r, _ in ranked[0].path]
    assert graph.entities[ranked[0].entity] == "Paris"
    assert told == [("Ada", "mother"), ("Bea", "born_in")]
    assert all(0 <= one.score <= 1 for one in ranked)


def test_a_kept_encoder_stays_as_it_was(tiny_backbone: Backbone, tmp_path: Path) -> None:
    first = settings(tmp_path, paths=False, out=tmp_path / "walk")
    train_context(first, tiny_backbone)
    second = settings(tmp_path, keep_encoder=True, start=first.out)
    train_context(second, tiny_backbone)
    walk = load_adapter(first.out, "context", tiny_backbone).tensors
    both = load_adapter(second.out, "context", tiny_backbone).tensors
    assert all(torch.equal(both[name], tensor) for name, tensor in walk.items())
    assert set(both) - set(walk) == {name for name in both if name.startswith("paths.")} != set()


def test_weights_of_before_hops_were_counted_answer_and_train_further(
    tiny_backbone: Backbone, tmp_path: Path
) -> None:
    train_context(settings(tmp_path), tiny_backbone)
    saved = load_adapter(tmp_path / "out", "context", tiny_backbone)
    tensors = {n: t for n, t in saved.tensors.items() if not n.startswith("paths.hops.")}
    assert len(tensors) < len(saved.tensors)
    before = tmp_path / "before"
    save_adapter(before, tensors, {**saved.card, "paths": {"width": 64, "steps": 3}})
    reader = GraphReader.load(before, tiny_backbone)
    assert reader.paths is not None
    assert reader.paths.scorer.hops is None
    assert reader.answer(family(), "where was the mother of [Ada] born", [0])
    more = settings(tmp_path, keep_encoder=True, start=before, out=tmp_path / "more")
    train_context(more, tiny_backbone)
    further = GraphReader.load(more.out, tiny_backbone).paths
    assert further is not None
    assert further.scorer.hops is not None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keep_encoder": True}, "expected a --start that has the encoder"),
        ({"context": "memory"}, "paths: expected none for 'memory'"),
    ],
)
def test_settings_that_do_not_fit_are_told(
    changes: dict[str, object], message: str, tiny_backbone: Backbone, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        train_context(settings(tmp_path, **changes), tiny_backbone)


def test_a_scorer_of_another_size_is_told(tiny_backbone: Backbone, tmp_path: Path) -> None:
    config = settings(tmp_path)
    train_context(config, tiny_backbone)
    saved = load_adapter(config.out, "context", tiny_backbone)
    card = {**saved.card, "paths": {"width": 32, "steps": 3, "counts_hops": True}}
    save_adapter(config.out, saved.tensors, card)
    with pytest.raises(WeightsError, match="tensors of a path scorer"):
        GraphReader.load(config.out, tiny_backbone)


def test_near_words_are_of_the_backbones_vocabulary(tiny_backbone: Backbone) -> None:
    near = NearWords(TextEmbedder(tiny_backbone))
    known = set(tiny_backbone.tokenizer.vocabulary())
    found = near.of("mother")
    assert "mother" not in found
    assert set(found) <= known
    assert near.of("mother") == found
