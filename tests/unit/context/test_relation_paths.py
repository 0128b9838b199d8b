from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from graph_family import family

from kgqa.context.graph import TripleGraph
from kgqa.context.path_scorer import PathScorer
from kgqa.context.path_search import kinds_of, search_paths
from kgqa.context.relation_paths import RelationPath, longer_paths, start_path, triples_along
from kgqa.context.relation_text import RelationReader, RelationWords
from kgqa.context.text import TextEmbedder
from kgqa.lm.backbone import Backbone


def followed(graph: TripleGraph, topic: str, *steps: str) -> RelationPath | None:
    """`mother` from head to tail, `mother<` from tail to head."""
    path = start_path([graph.entities.index(topic)])
    for step in steps:
        kind = 2 * graph.relations.index(step.removesuffix("<")) + step.endswith("<")
        longer = {one.kinds[-1]: one for one in longer_paths(graph, path)}
        if kind not in longer:
            return None
        path = longer[kind]
    return path


def ends(graph: TripleGraph, topic: str, *steps: str) -> set[str]:
    path = followed(graph, topic, *steps)
    return set() if path is None else {graph.entities[end] for end in path.ends}


def test_a_path_leads_to_all_that_its_relations_reach() -> None:
    graph = family()
    assert ends(graph, "Ada", "mother", "born_in", "country") == {"France"}
    assert ends(graph, "Bea", "mother<") == {"Ada", "Eve"}
    assert ends(graph, "England", "country<", "born_in<") == {"Ada", "Carl"}
    assert ends(graph, "Ada", "country") == set()


def test_coming_back_to_the_topic_counts_only_without_others() -> None:
    graph = family()
    assert ends(graph, "Ada", "mother", "mother<") == {"Eve"}
    assert ends(graph, "Ada", "father", "father<") == {"Ada"}
    # Eve, too, has a father; Ada's is not the father of Eve's siblings.
    assert ends(graph, "Ada", "mother", "mother<", "father") == {"Fred"}


def test_a_path_is_told_by_triples_of_the_graph() -> None:
    graph = family()
    path = followed(graph, "France", "country<", "born_in<", "mother<")
    assert path is not None
    told = [
        (graph.entities[h], graph.relations[r], graph.entities[t])
        for h, r, t in triples_along(graph, path, graph.entities.index("Eve"))
    ]
    assert told == [
        ("Paris", "country", "France"),
        ("Bea", "born_in", "Paris"),
        ("Eve", "mother", "Bea"),
    ]


@pytest.fixture
def scorer(tiny_backbone: Backbone) -> PathScorer:
    torch.manual_seed(0)
    return PathScorer(TextEmbedder(tiny_backbone).width, steps=3, width=16).eval()


def test_a_score_does_not_depend_on_what_is_scored_beside_it(
    scorer: PathScorer, tiny_backbone: Backbone
) -> None:
    texts = TextEmbedder(tiny_backbone)
    words = RelationReader(texts).read(["mother", "born_in", "film.film.genre"])
    two = RelationWords.joined([words, words])
    short, long = "who is the mother of [MASK]", "where was the mother of the mother of [MASK] born"
    paths = [(0,), (0, 2), (0, 0, 3)]
    kinds = kinds_of(paths, 3)
    with torch.inference_mode():
        alone = [
            scorer(
                scorer.meet(texts.questions([text]), words, torch.zeros(3, dtype=torch.long)),
                torch.zeros(3, dtype=torch.long),
                kinds,
            )
            for text in (short, long)
        ]
        rows = torch.tensor([0, 0, 0, 1, 1, 1])
        met = scorer.meet(texts.questions([short, long]), two, rows)
        other = torch.where(kinds >= 0, kinds + 6, kinds)
        both = scorer(met, rows, torch.cat([kinds, other]))
    assert torch.allclose(torch.cat(alone), both, atol=1e-5)
    assert both.shape == (6, 2)
    assert both[:, 0].std() > 0


def test_the_search_gives_every_path_of_the_graph_if_the_beam_is_wide(
    scorer: PathScorer, tiny_backbone: Backbone
) -> None:
    graph, texts = family(), TextEmbedder(tiny_backbone)
    words = RelationReader(texts).read(graph.relations)
    question = texts.questions(["where was the mother of [MASK] born"])
    topic = graph.entities.index("Ada")
    found = search_paths(scorer, question, graph, words, [topic], beam=1000)
    every, front = set(), [start_path([topic])]
    for _ in range(scorer.steps):
        front = [longer for path in front for longer in longer_paths(graph, path)]
        every |= {path.kinds for path in front}
    assert {one.path.kinds for one in found} == every
    assert sum(one.probability for one in found) == pytest.approx(1, abs=1e-4)
    assert [one.probability for one in found] == sorted(
        (one.probability for one in found), reverse=True
    )
    narrow = search_paths(scorer, question, graph, words, [topic], beam=1)
    assert {one.path.kinds for one in narrow} < every


def test_the_last_level_of_a_name_is_read_beside_all_of_it(tiny_backbone: Backbone) -> None:
    texts = TextEmbedder(tiny_backbone)
    words = RelationReader(texts, {"P57": "director"}).read(["__film__film__genre", "P57"])
    assert torch.equal(words.last[0], texts.names(["genre"])[0])
    assert torch.equal(words.whole[0], texts.names(["film genre"])[0])
    assert torch.equal(words.last[1], words.whole[1])
    assert words.tokens.shape == (2, 8, texts.width)


def test_the_number_of_steps_is_told_by_the_words_and_shifts_the_answers(
    scorer: PathScorer, tiny_backbone: Backbone
) -> None:
    texts = TextEmbedder(tiny_backbone)
    words = RelationReader(texts).read(["mother", "born_in"])
    question = texts.questions(["who is the mother of [MASK]", "[MASK] 's mother 's birthplace ?"])
    rows, kinds = torch.zeros(3, dtype=torch.long), kinds_of([(0,), (0, 2), (0, 2, 1)], 3)
    assert scorer.hops is not None
    with torch.inference_mode():
        both = scorer.meet(question, RelationWords.joined([words] * 2), torch.tensor([0, 0, 1, 1]))
        assert both.hops is not None
        assert torch.allclose(both.hops.exp().sum(1), torch.ones(2), atol=1e-5)
        counted = scorer(both, rows, kinds)
        plain = scorer(replace(both, hops=None), rows, kinds)
    assert torch.allclose(counted[:, 0] - plain[:, 0], both.hops[0], atol=1e-5)
    assert torch.equal(counted[:, 1], plain[:, 1])
