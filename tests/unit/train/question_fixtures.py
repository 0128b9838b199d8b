"""A small graph with gold facts: two films, their directors, and people from two towns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gold_store import store_annotated

from kgqa.datasets.annotated import (
    AnnotatedDocument,
    GoldCluster,
    GoldMention,
    GoldRelation,
    SentenceSpan,
)
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.store.records import Vectors


@dataclass(frozen=True)
class Article:
    """`facts` are (head, relation, tail) by the names in `types`."""

    title: str
    text: str
    types: str
    facts: tuple[tuple[str, str, str], ...]


PERSON, PLACE, WORK, TIME, GROUP = "person", "location", "miscellaneous", "time", "organization"


def life(name: str, born: str, town: str, nation: str, died: str, school: str) -> Article:
    facts = [(name, "P569", born), (name, "P19", town), (name, "P27", nation)]
    facts += [(name, "P570", died), (name, "P69", school)]
    text = (
        f"{name} was born on {born} in {town}. {name} was a {nation} director. "
        f"{name} studied at {school} and died on {died}."
    )
    kinds = {name: PERSON, born: TIME, town: PLACE, nation: PLACE, died: TIME, school: GROUP}
    return Article(name, text, ";".join(f"{n}={k}" for n, k in kinds.items()), tuple(facts))


def film(title: str, name: str, year: str, director: str, actor: str) -> Article:
    text = f"{name} is a {year} drama film directed by {director}. It stars {actor}."
    kinds = {name: WORK, year: TIME, director: PERSON, actor: PERSON}
    facts = ((name, "P577", year), (name, "P57", director), (name, "P161", actor))
    return Article(title, text, ";".join(f"{n}={k}" for n, k in kinds.items()), facts)


ARTICLES = (
    film("Blue Harbour (film)", "Blue Harbour", "1994", "Ada Brandt", "Tom Reyes"),
    film("Red Valley", "Red Valley", "1981", "Carl Olsen", "Nina Faber"),
    film("White River", "White River", "1988", "Elsa Lind", "Tom Reyes"),
    life("Ada Brandt", "3 May 1950", "Lisbon", "Portuguese", "7 May 2019", "Porto Academy"),
    life("Carl Olsen", "9 June 1944", "Bergen", "Norwegian", "1 March 2001", "Oslo Academy"),
    life("Elsa Lind", "4 July 1961", "Bergen", "Norwegian", "2 May 2010", "Bergen School"),
    life("Tom Reyes", "5 July 1971", "Faro", "Portuguese", "8 May 2021", "Faro School"),
    Article(
        "Bergen",
        "Bergen is a city in Norway. Its mayor was Per Hagen.",
        "Bergen=location;Norway=location;Per Hagen=person",
        (("Bergen", "P17", "Norway"), ("Bergen", "P6", "Per Hagen")),
    ),
    Article(
        "Lisbon",
        "Lisbon is a city in Portugal.",
        "Lisbon=location;Portugal=location",
        (("Lisbon", "P17", "Portugal"),),
    ),
    # Two directors: "who directed it" has no one answer.
    Article(
        "Green Island",
        "Green Island is a 1977 drama film directed by Max Auer and Ida Auer.",
        "Green Island=miscellaneous;Max Auer=person;Ida Auer=person",
        (("Green Island", "P57", "Max Auer"), ("Green Island", "P57", "Ida Auer")),
    ),
)


def annotated(number: int, source: Article) -> AnnotatedDocument:
    """The article with every place of each of its names as a mention."""
    types = dict(pair.split("=") for pair in source.types.split(";"))
    clusters = []
    for name, kind in types.items():
        places = [i for i in range(len(source.text)) if source.text.startswith(name, i)]
        clusters.append(GoldCluster(kind, tuple(GoldMention(i, i + len(name)) for i in places)))
    sentences, start = [], 0
    for part in source.text.split(". "):
        end = min(start + len(part) + 1, len(source.text))
        sentences.append(SentenceSpan(start, end))
        start = end + 1
    order = list(types)
    relations = []
    for head, relation, tail in source.facts:
        evidence = tuple(n for n, s in enumerate(sentences) if tail in source.text[s.start : s.end])
        relations.append(GoldRelation(order.index(head), relation, order.index(tail), evidence))
    return AnnotatedDocument(
        str(number),
        source.title,
        source.text,
        tuple(sentences),
        tuple(clusters),
        tuple(sorted(relations)),
    )


def encode(texts: Sequence[str]) -> Vectors:
    """The same unit vector for each text."""
    return np.full((len(texts), 4), 0.5, dtype=np.float32)


def gold_store(folder: Path, articles: Sequence[Article] = ARTICLES) -> Iterator[GraphStore]:
    with open_store(f"sqlite:///{folder}/gold.db") as store:
        store_annotated([annotated(n, a) for n, a in enumerate(articles)], store, encode)
        yield store
