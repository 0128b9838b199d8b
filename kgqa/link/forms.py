"""What a cluster's own name says to linking, before any other cluster is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from kgqa.names import name_key, without_qualifier
from kgqa.store.records import ClusterContext

Family = Literal["person", "thing", "time", "number"]
"""Types that may name one entity: organization, location and miscellaneous are `thing`."""

_FAMILIES: dict[str, Family] = {"person": "person", "time": "time", "number": "number"}
_TIES = {kind: n for n, kind in enumerate(("person", "organization", "location", "time"))}
_INITIAL_FORM = re.compile(r"(\w)\. (\S+)")
_ACRONYM = re.compile(r"(?:[A-Z][A-Z0-9&-]+|(?:[A-Z]\.-?){2,}[A-Z]?|[0-9]+[A-Z]+)s?")
_LONGEST_ACRONYM = 8

Order = tuple[bool, int, str, int, str, str, str]


def family_of(mention_type: str) -> Family:
    """The family of mention types that may be one entity."""
    return _FAMILIES.get(mention_type, "thing")


def majority_type(counts: Mapping[str, int]) -> str:
    """The most frequent type; ties in the ontology's order, the residual type last."""
    return min(counts, key=lambda kind: (-counts[kind], _TIES.get(kind, len(_TIES)), kind))


def block_key(context: ClusterContext) -> str:
    """The name key under which a cluster is linked; always one of `context.keys`.

    It is the key of the title without its qualifier where the document is about the
    cluster, else the key of the cluster's name.
    """
    if context.cluster.about:
        title = name_key(without_qualifier(context.document_title))
        if title in context.keys:
            return title
    return name_key(context.cluster.name)


def title_key(context: ClusterContext) -> str:
    """The document's whole title, folded: qualifiers such as "(explorer)" stay in it."""
    return " ".join(context.document_title.casefold().split())


def is_short(context: ClusterContext) -> bool:
    """Whether the name alone says too little: it may be short for another name.

    These are one-word names and, for persons, an initial with a surname ("M. Curie"), in
    documents that are not about them. Times and numbers always say all.
    """
    cluster = context.cluster
    if cluster.about or family_of(cluster.type) in ("time", "number"):
        return False
    key = name_key(cluster.name)
    return len(key.split()) == 1 or (
        cluster.type == "person" and _INITIAL_FORM.fullmatch(key) is not None
    )


def is_acronym(name: str) -> bool:
    """
    >>> [is_acronym(name) for name in ("IBM", "U.S.", "AT&T", "3M", "Curie", "ENIAC")]
    [True, True, True, True, False, True]
    """
    return len(name) <= _LONGEST_ACRONYM and _ACRONYM.fullmatch(name.strip()) is not None


def initial_form(key: str) -> str | None:
    """The first word's initial with the last word; None for a name of one word.

    >>> initial_form("marie salomea curie")
    'm. curie'
    """
    words = key.split()
    return f"{words[0][0]}. {words[-1]}" if len(words) > 1 else None


def lookup_keys(key: str) -> tuple[str, ...]:
    """The keys under which full names of a short key are sought: "m. curie", "curie"."""
    initial = _INITIAL_FORM.fullmatch(key)
    return (key, initial[2]) if initial else (key,)


def first_start(context: ClusterContext) -> int:
    """Offset of the first mention; -1 for a topic that the text does not mention."""
    return min((mention.start for mention in context.cluster.mentions), default=-1)


def canonical_order(context: ClusterContext) -> Order:
    """Sorts clusters the same way whatever the order in which documents came.

    Topics of documents first, then the more mentioned; the cluster's id (made of the
    document's source) only tells apart copies of one document.
    """
    cluster = context.cluster
    return (
        not cluster.about,
        -len(cluster.mentions),
        context.document_digest,
        first_start(context),
        cluster.name,
        cluster.type,
        cluster.id,
    )
