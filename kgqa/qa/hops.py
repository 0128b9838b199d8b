"""A question over several hops, answered hop by hop from the graph and the text together.

The question's path of relations (`question_paths`) says what to ask of each entity on the
way (`hop_steps`). The best names of a hop are where the next one starts, and a way counts by
the product of its hops, as in a beam search over reasoning paths (Asai et al., ICLR 2020,
arXiv 1911.10470). A question that compares two names has a path for each (`comparisons`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgqa.link.candidates import Seed
from kgqa.ontology import Ontology
from kgqa.qa.comparisons import ComparisonReader
from kgqa.qa.hop_steps import HopSteps, Reached, start_of
from kgqa.qa.question_paths import PathFinder
from kgqa.qa.reader import Reader
from kgqa.qa.topic_spans import NameSpan, name_spans
from kgqa.store.base import GraphStore
from kgqa.types import Answer, Question

_CLEAR = 0.85
"""The least likeness of a question to a path for which it is taken to ask for that path."""
_LEAST_SCORE = 0.1
"""Below this product of probabilities a way says too little."""


class HopReader:
    """
    Args:
        reader: reads one hop's question in one passage at a time.
        paths: finds what a question asks for.
        ontology: tells what a relation may lead to, and which say the same the other way.
    """

    def __init__(self, reader: Reader, paths: PathFinder, ontology: Ontology) -> None:
        self._paths = paths
        self._steps = HopSteps(reader, ontology)
        self._comparisons = ComparisonReader(self._steps, ontology)

    def answer(self, question: Question, store: GraphStore, seeds: Sequence[Seed]) -> Answer:
        """The answer at the end of the question's path, or of its two paths, compared.

        Args:
            seeds: the entities that the question names (`Retriever.seeds`).

        Returns:
            `triples`, `evidence` and `passages` are those of each hop, in order. Its text is
            None if the question is not clearly about one name and two or more relations, or
            a comparison of two names, or no way along them is sure enough.
        """
        compared = self._comparisons.answer(question, store)
        if compared is not None:
            return compared
        names = name_spans(question.text, seeds)
        nothing = Answer(question.id, None, 0.0)
        if len(names) != 1:
            return nothing
        path = self._paths.path(question.text, names[0])
        if path is None or len(path.hops) < 2 or path.score < _CLEAR:
            return nothing
        reached = [_start(question.text, names[0], store, seeds)]
        for hop in path.hops[:-1]:
            reached = self._steps.step(hop, store, reached)
        reached = self._steps.step(path.hops[-1], store, reached, most=1)
        if not reached or reached[0].score < _LEAST_SCORE:
            return replace(nothing, score=reached[0].score if reached else 0.0)
        best = reached[0]
        return Answer(
            question.id,
            best.name,
            best.score,
            tuple(dict.fromkeys(best.triples)),
            tuple(dict.fromkeys(best.evidence)),
            tuple(dict.fromkeys(best.passages)),
            best.spans,
        )


def _start(question: str, span: NameSpan, store: GraphStore, seeds: Sequence[Seed]) -> Reached:
    """The name that the question begins from."""
    inside = [s for s in seeds if span.start <= s.start and s.end <= span.end]
    first = min(inside, key=lambda seed: (seed.start, -seed.end))
    named = [s.entity for s in inside if (s.start, s.end) == (first.start, first.end)]
    return start_of(question[span.start : span.end], named, store)
