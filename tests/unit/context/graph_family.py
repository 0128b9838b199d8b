"""A small family graph and questions about it."""

from __future__ import annotations

from pathlib import Path

from kgqa.context.graph import TripleGraph

FAMILY = [
    ("Ada", "mother", "Bea"),
    ("Ada", "father", "Carl"),
    ("Bea", "mother", "Dora"),
    ("Bea", "born_in", "Paris"),
    ("Carl", "born_in", "London"),
    ("Dora", "born_in", "Warsaw"),
    ("Ada", "born_in", "Cambridge"),
    ("Paris", "country", "France"),
    ("London", "country", "England"),
    ("Warsaw", "country", "Poland"),
    ("Cambridge", "country", "England"),
    ("Eve", "mother", "Bea"),
    ("Eve", "father", "Fred"),
    ("Fred", "born_in", "Warsaw"),
]


def family() -> TripleGraph:
    return TripleGraph.from_triples(FAMILY)


def write_family(folder: Path) -> tuple[Path, Path]:
    """A triple file and a question file of it, in MetaQA's form."""
    facts = {(head, relation): tail for head, relation, tail in FAMILY}
    people = ("Ada", "Bea", "Carl", "Dora", "Eve", "Fred")
    places = {p: facts.get((p, "born_in")) for p in people}
    lines = []
    for person in people:
        for relation in ("mother", "father"):
            parent = facts.get((person, relation))
            if parent is None:
                continue
            lines.append(f"who is the {relation} of [{person}]\t{parent}")
            if places[parent]:
                lines.append(f"where was the {relation} of [{person}] born\t{places[parent]}")
        if (place := places[person]) is not None:
            lines.append(f"where was [{person}] born\t{place}")
            country = facts[place, "country"]
            lines.append(f"in which country was [{person}] born\t{country}")
    triples, questions = folder / "triples.txt", folder / "questions.txt"
    triples.write_text("".join(f"{h}|{r}|{t}\n" for h, r, t in FAMILY))
    questions.write_text("".join(f"{line}\n" for line in lines))
    return triples, questions
