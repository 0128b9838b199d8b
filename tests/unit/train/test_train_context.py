from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "context"))
from graph_family import family, write_family

from kgqa.context.graph import BACKWARD, FORWARD
from kgqa.context.text import TextEmbedder
from kgqa.documents.relation_words import last_level
from kgqa.errors import ConfigError, QuestionError, WeightsError
from kgqa.lm.adapter import load_adapter, read_card
from kgqa.lm.backbone import Backbone
from kgqa.qa.graph_answer import GraphReader
from kgqa.train.asked_questions import AskedQuestions
from kgqa.train.context import hits_at_1, train_context
from kgqa.train.graph_examples import (
    TrainingGraph,
    given_examples,
    graph_of,
    sampled_wordings,
)
from kgqa.train.known_wordings import wordings_of
from kgqa.train.made_graph_questions import made_questions
from kgqa.train.property_questions import (
    PropertyExample,
    make_properties,
    property_labels,
    property_questions,
)
from kgqa.train.settings import ContextTraining
from kgqa.train.whole_names import whole_names
from kgqa.train.wordings import Step, wording


def config(folder: Path, **changes: object) -> ContextTraining:
    triples, questions = write_family(folder)
    settings: dict[str, object] = {
        "train": (questions,),
        "triples": (triples,),
        "dev": questions,
        "out": folder / "out",
        "epochs": 30,
        "batch_size": 8,
        "learning_rate": 1e-2,
        "width": 32,
        "evaluations": 1,
    }
    return ContextTraining(**{**settings, **changes})  # type: ignore[arg-type]


def over(texts: TextEmbedder) -> TrainingGraph:
    graph = family()
    return TrainingGraph(graph, texts.names(list(graph.relations)))


def test_a_tiny_graph_is_learned_and_its_paths_support_the_answers(
    tiny_backbone: Backbone, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    settings = config(tmp_path)
    metrics = train_context(settings, tiny_backbone)
    assert metrics["dev_hits@1"] == 100
    assert read_card(settings.out, "context")["shape"] == {"width": 32, "steps": 3}
    reader = GraphReader.load(settings.out, tiny_backbone)
    graph = graph_of(settings.triples[0])
    training = TrainingGraph(graph, reader.relation_text(graph))
    assert hits_at_1(reader.answer, given_examples(settings.train[0], training)) == 1
    question = "where was the mother of [Ada] born"
    ranked = reader.answer(graph, question, graph.topics(question))
    path = [
        (graph.entities[h], graph.relations[r], graph.entities[t]) for h, r, t in ranked[0].path
    ]
    assert graph.entities[ranked[0].entity] == "Paris"
    assert path == [("Ada", "mother", "Bea"), ("Bea", "born_in", "Paris")]
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)
    assert all(0 < r.score <= 1 for r in ranked)


def test_the_same_seed_trains_the_same_weights(tiny_backbone: Backbone, tmp_path: Path) -> None:
    digests = set()
    for _ in range(2):
        train_context(config(tmp_path, epochs=2), tiny_backbone)
        digests.add(read_card(tmp_path / "out", "context")["sha256"])
    assert len(digests) == 1


def test_question_and_triple_files_must_pair(tiny_backbone: Backbone, tmp_path: Path) -> None:
    triples, questions = write_family(tmp_path)
    settings = config(tmp_path, train=(questions,) * 3, triples=(triples, triples))
    with pytest.raises(QuestionError, match="got 2 for 3; pair them in order"):
        train_context(settings, tiny_backbone)


def test_without_a_question_nothing_is_written(tiny_backbone: Backbone, tmp_path: Path) -> None:
    triples, _ = write_family(tmp_path)
    out = tmp_path / "out"
    with pytest.raises(QuestionError, match="give --train or --make-questions"):
        train_context(ContextTraining(triples=(triples,), out=out), tiny_backbone)
    matching = ContextTraining(triples=(triples,), matching=(triples,), out=out)
    with pytest.raises(ConfigError, match="matching: expected --properties"):
        train_context(matching, tiny_backbone)
    assert not (out / "card.json").exists()


def test_questions_of_another_graph_are_told(tiny_backbone: Backbone, tmp_path: Path) -> None:
    path = tmp_path / "other.txt"
    path.write_text("who is [Nobody]\tNo one\n")
    with pytest.raises(QuestionError, match="give the triple file they belong to"):
        given_examples(path, over(TextEmbedder(tiny_backbone)))


def test_made_questions_are_answered_by_their_graph(tiny_backbone: Backbone) -> None:
    training = over(TextEmbedder(tiny_backbone))
    made = made_questions(training, 40, seed=1)
    assert len(made) == 40
    assert made == made_questions(training, 40, seed=1)
    assert len({example.text for example in made}) > 20
    draw = np.random.default_rng(0)
    for example in made:
        assert example.text.count("[MASK]") == 1
        gold = example.drawn(3, draw)
        assert gold is not None
        assert gold.gold.any()
        assert gold.graph.seed.sum() == 1


def test_wordings_say_every_relation_of_the_path() -> None:
    path = [Step("director", FORWARD), Step("birthplace", BACKWARD)]
    said = {wording(path, random.Random(i), paraphrase=0) for i in range(50)}
    assert len(said) > 20
    for question in said:
        assert "director" in question
        assert "birthplace" in question
        assert "[MASK]" in question


@pytest.fixture
def properties_file(tmp_path: Path) -> Path:
    labels = {"P19": "place of birth", "P57": "director", "P20": "place of death"}
    labels["P345"] = "IMDb ID"
    path = tmp_path / "properties.json"
    entries = [
        {"property": f"http://www.wikidata.org/entity/{p}", "propertyLabel": label}
        for p, label in labels.items()
    ]
    path.write_text(json.dumps(entries))
    return path


def test_a_property_question_becomes_a_tree_with_one_answer(
    tiny_backbone: Backbone, properties_file: Path, tmp_path: Path
) -> None:
    labels = property_labels(properties_file)
    assert list(labels) == ["P19", "P57", "P20"]
    properties = make_properties(labels, TextEmbedder(tiny_backbone).names(list(labels.values())))
    path = tmp_path / "simple.txt"
    path.write_text(
        "Q1\tP19\tQ2\twhere was someone born\n"
        "Q1\tR57\tQ3\twhat film did someone direct\n"
        "Q1\tP345\tQ4\twhat is the id of someone\n" * 2
    )
    examples = property_questions(path, properties)
    assert [example.path for example in examples] == [((0, FORWARD),), ((1, BACKWARD),)] * 2
    two_steps = PropertyExample("x", ((0, FORWARD), (1, BACKWARD)), properties)
    for example in (*examples, two_steps):
        drawn = example.drawn(3, np.random.default_rng(2))
        assert drawn is not None
        assert int(drawn.gold.sum()) == 1
        assert ends_of(drawn.graph, example.path, properties.relation_text) == {
            int(drawn.gold.nonzero())
        }


def ends_of(graph, path, relation_text):  # type: ignore[no-untyped-def]
    """Nodes that the path leads to from the seed, relations compared by their embedding."""
    nodes = {0}
    for row, direction in path:
        wanted = relation_text[row]
        nodes = {
            target
            for source, target, r, d in zip(
                *graph.edge_index.tolist(),
                graph.edge_relation.tolist(),
                graph.edge_direction.tolist(),
                strict=True,
            )
            if source in nodes and d == direction and torch.equal(graph.relation_text[r], wanted)
        } - {0}
    return nodes


def test_a_malformed_property_question_names_its_line(
    tiny_backbone: Backbone, properties_file: Path, tmp_path: Path
) -> None:
    labels = property_labels(properties_file)
    properties = make_properties(labels, TextEmbedder(tiny_backbone).names(list(labels.values())))
    path = tmp_path / "simple.txt"
    path.write_text("Q1\tP19\tQ2\twhere\nonly words\n")
    with pytest.raises(QuestionError, match=r"simple\.txt:2: expected `Q1<TAB>P2"):
        property_questions(path, properties)


def test_what_is_left_of_a_name_goes_from_a_wording() -> None:
    born = [(0, FORWARD, "where was [MASK] born?")] * 100
    names = [(0, FORWARD, f"Where was {name} [MASK] born") for name in ("john", "mary", "van der")]
    part = (0, FORWARD, "where in [MASK] was ludwig born")
    others = [(1, FORWARD, "how did john [MASK] die")] * 3
    found = whole_names([*born, *names, part, *others])
    assert found[:103] == ["where was [MASK] born"] * 103
    assert found[103] is None  # nobody else asks so: it may have a part of a name in it
    assert found[104:] == ["how did john [MASK] die"] * 3  # never asked without that word


def test_rare_wordings_are_drawn_before_a_common_one_is_drawn_twice() -> None:
    none = make_properties({}, torch.zeros(0, 2))
    texts = ["who directed [MASK]"] * 50 + ["how good is [MASK]", "is [MASK] famous"]
    asked = [PropertyExample(text, ((n, FORWARD),), none) for n, text in enumerate(texts)]
    drawn = sampled_wordings(asked, 10, seed=1)
    rows = {one.path[0][0] for one in drawn}
    assert len(rows) == 10
    assert rows >= {50, 51}
    assert sampled_wordings(asked, 10, seed=1) == drawn
    assert sampled_wordings(asked, 99, seed=1) == asked


def test_people_s_wordings_are_asked_of_a_graph_s_relations(
    tiny_backbone: Backbone, properties_file: Path
) -> None:
    texts = TextEmbedder(tiny_backbone)
    labels = property_labels(properties_file)
    properties = make_properties(labels, texts.names(list(labels.values())))
    born, directed = ((0, FORWARD),), ((1, BACKWARD),)
    once = PropertyExample("where was john [MASK] born", born, properties)
    given = [
        PropertyExample("where was [MASK] born?", born, properties),
        PropertyExample("what did [MASK] direct", directed, properties),
    ]
    asked = AskedQuestions(properties, [*given, *given, once], texts)
    assert asked.of_words("place of birth", FORWARD)[0] == "where was [MASK] born"
    assert asked.of_words("director", BACKWARD)[0] == "what did [MASK] direct"
    assert asked.of_words("director", FORWARD) == wordings_of("director", FORWARD)
    said = {
        wording(
            [Step("director", FORWARD), Step("birth", FORWARD, asked=("where was [MASK] born",))],
            random.Random(i),
            paraphrase=1,
        )
        for i in range(20)
    }
    assert all(s.startswith("where was ") and s.endswith(" born") for s in said)


def test_the_last_level_of_a_schema_name_is_said() -> None:
    assert last_level("__location__location__people_born_here") == (
        "people born here",
        "people_born_here",
    )
    assert last_level("/film/film/directed_by") == ("directed by", "directed_by")
    assert last_level("spouse") == ("spouse", "spouse")
    step = Step("location people born here", FORWARD, ("people born here", "people_born_here"))
    said = {wording([step], random.Random(i)) for i in range(60)}
    assert any("people_born_here" in question for question in said)
    assert any("location" not in question for question in said)


def test_training_goes_on_from_given_weights(tiny_backbone: Backbone, tmp_path: Path) -> None:
    """Under a learning rate of nearly nothing it ends where it started."""
    first = config(tmp_path, epochs=1)
    train_context(first, tiny_backbone)
    learned = load_adapter(first.out, "context", tiny_backbone).tensors
    nearly = {"epochs": 1, "learning_rate": 1e-9, "seed": 1}
    for start, same in ((first.out, True), (None, False)):
        train_context(config(tmp_path, start=start, out=tmp_path / "next", **nearly), tiny_backbone)
        after = load_adapter(tmp_path / "next", "context", tiny_backbone).tensors
        close = [torch.allclose(after[name].float(), learned[name].float()) for name in learned]
        assert all(close) == same
    with pytest.raises(WeightsError, match="train it again"):
        train_context(config(tmp_path, start=first.out, width=16), tiny_backbone)
