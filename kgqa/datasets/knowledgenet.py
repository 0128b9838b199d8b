"""KnowledgeNet: passages with 15 properties, offsets and Wikidata ids (Mesquita et al., 2019).

Only the arguments of the 15 properties are marked, so every document says what of it is
exhaustive. Annotators list a fact once for every pair of coreferent mentions, so mentions
with one Wikidata id are one cluster, and a pronoun belongs to the only named cluster that
has the same facts (two such, or none: it stays alone).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from kgqa.datasets.annotated import (
    AnnotatedDocument,
    GoldCluster,
    GoldMention,
    GoldRelation,
    SentenceSpan,
)
from kgqa.datasets.annotated_fields import integer, malformed, mapping, sequence, string
from kgqa.documents.json_fields import parse_json
from kgqa.names import name_key


@dataclass(frozen=True, slots=True)
class _Property:
    """What a KnowledgeNet property is in the ontology; `inverse` is stated with it."""

    subject: str
    object: str
    relation: str | None = None
    inverse: str | None = None


# CHILD_OF names no gender (P22, P25), so it is P40 from the parent's side. CEO (P169) is
# not among the 96 relations; its arguments stay as mentions.
_PROPERTIES: Mapping[str, _Property] = {
    "DATE_OF_BIRTH": _Property("person", "time", "P569"),
    "DATE_OF_DEATH": _Property("person", "time", "P570"),
    "PLACE_OF_RESIDENCE": _Property("person", "location", "P551"),
    "RESIDENCE": _Property("person", "location", "P551"),
    "PLACE_OF_BIRTH": _Property("person", "location", "P19"),
    "NATIONALITY": _Property("person", "location", "P27"),
    "EMPLOYEE_OR_MEMBER_OF": _Property("person", "organization", "P108"),
    "EDUCATED_AT": _Property("person", "organization", "P69"),
    "POLITICAL_AFFILIATION": _Property("person", "organization", "P102"),
    "CHILD_OF": _Property("person", "person", inverse="P40"),
    "SPOUSE": _Property("person", "person", "P26", "P26"),
    "DATE_FOUNDED": _Property("organization", "time", "P571"),
    "HEADQUARTERS": _Property("organization", "location", "P159"),
    "SUBSIDIARY_OF": _Property("organization", "organization", "P749", "P355"),
    "FOUNDED_BY": _Property("organization", "person", "P112"),
    "CEO": _Property("organization", "person"),
}
_PRONOUNS = frozenset(
    {"i", "me", "my", "mine", "myself", "you", "your", "yours"}
    | {"he", "him", "his", "himself", "she", "her", "hers", "herself", "it", "its", "itself"}
    | {"we", "us", "our", "ours", "they", "them", "their", "theirs"}
    | {"who", "whom", "whose", "which", "that", "where", "when", "this", "there", "here"}
)


@dataclass(frozen=True, slots=True)
class _Fact:
    name: str
    subject: GoldMention
    object: GoldMention


@dataclass(slots=True)
class _Marks:
    """What the facts of one passage say about its mentions."""

    facts: list[_Fact] = field(default_factory=list)
    wikidata: dict[GoldMention, str] = field(default_factory=dict)
    types: dict[GoldMention, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def parse_knowledgenet(text: str, source: str) -> tuple[AnnotatedDocument, ...]:
    """Every passage as one document; the passage is its one sentence.

    Raises:
        DocumentError: a line that is no JSON, lacks a field, or whose offsets do not hold.
    """
    documents = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{source}:{number}"
        record = mapping(parse_json(line, where), where, "passage")
        documents.append(_document(record, where))
    return tuple(documents)


def _document(fields: Mapping[str, object], where: str) -> AnnotatedDocument:
    text = string(fields, "text", where)
    marks = _Marks()
    for n, fact in enumerate(sequence(fields.get("facts"), where, "facts")):
        _read_fact(mapping(fact, where, "fact"), text, marks, f"{where} facts[{n}]")
    groups = _coreference(marks, text)
    clusters = tuple(_cluster(group, marks) for group in groups)
    place = {mention: n for n, group in enumerate(groups) for mention in group}
    silent = sequence(fields.get("annotated_without_fact", []), where, "annotated_without_fact")
    names = {fact.name for fact in marks.facts} | {str(name) for name in silent}
    return AnnotatedDocument(
        f"{fields.get('doc', where)}:{fields.get('passage_start', 0)}",
        "",
        text,
        (SentenceSpan(len(text) - len(text.lstrip()), len(text.rstrip())),),
        clusters,
        _relations(marks.facts, place),
        annotated_types=frozenset(),
        annotated_relations=frozenset(
            relation
            for name in names & _PROPERTIES.keys()
            for relation in (_PROPERTIES[name].relation, _PROPERTIES[name].inverse)
            if relation
        ),
    )


def _read_fact(fields: Mapping[str, object], text: str, marks: _Marks, where: str) -> None:
    name = string(fields, "property", where)
    if name not in _PROPERTIES:
        raise malformed(where, "unknown relation", f"{name!r} is none of KnowledgeNet's")
    ends = []
    for role, kind in (
        ("subject", _PROPERTIES[name].subject),
        ("object", _PROPERTIES[name].object),
    ):
        argument = mapping(fields.get(role), where, role)
        mention = _mention(argument, text, f"{where} {role}")
        identifier = argument.get("wikidata")
        if isinstance(identifier, str) and identifier:
            marks.wikidata.setdefault(mention, identifier)
        # A founder may be an organization, so any other fact about it weighs more.
        marks.types[mention][kind] += 1 if (name, role) == ("FOUNDED_BY", "object") else 2
        ends.append(mention)
    marks.facts.append(_Fact(name, ends[0], ends[1]))


def _mention(argument: Mapping[str, object], text: str, where: str) -> GoldMention:
    start, end = integer(argument, "start", where), integer(argument, "end", where)
    surface = string(argument, "text", where)
    if not surface or text[start:end] != surface:
        raise malformed(
            where,
            "offset out of range",
            f"text[{start}:{end}] is {text[start:end]!r}, expected {surface!r}",
        )
    start += len(surface) - len(surface.lstrip())
    end -= len(surface) - len(surface.rstrip())
    return GoldMention(start, end, _is_pronoun(surface.strip()))


def _is_pronoun(surface: str) -> bool:
    """ "US", "IT" and "WHO" are names."""
    shouted = len(surface) > 1 and surface.isupper()
    return surface.lower() in _PRONOUNS and not shouted


def _coreference(marks: _Marks, text: str) -> list[list[GoldMention]]:
    named: dict[str, list[GoldMention]] = {}
    for mention in sorted(m for m in marks.types if not m.pronoun):
        key = marks.wikidata.get(mention) or "name " + name_key(text[mention.start : mention.end])
        named.setdefault(key, []).append(mention)
    signatures: dict[GoldMention, set[tuple[str, str, GoldMention]]] = defaultdict(set)
    for fact in marks.facts:
        signatures[fact.subject].add((fact.name, "subject", fact.object))
        signatures[fact.object].add((fact.name, "object", fact.subject))
    groups = list(named.values())
    for pronoun in sorted(m for m in marks.types if m.pronoun):
        identifier = marks.wikidata.get(pronoun)
        fits = [named[identifier]] if identifier in named else []
        fits = fits or [
            group
            for group in named.values()
            if any(signatures[other] == signatures[pronoun] for other in group)
        ]
        if len(fits) == 1:
            fits[0].append(pronoun)
        else:
            groups.append([pronoun])
    return [sorted(group) for group in groups]


def _cluster(group: list[GoldMention], marks: _Marks) -> GoldCluster:
    votes: Counter[str] = Counter()
    for mention in group:
        votes.update(marks.types[mention])
    return GoldCluster(min(votes, key=lambda kind: (-votes[kind], kind)), tuple(group))


def _relations(facts: list[_Fact], place: Mapping[GoldMention, int]) -> tuple[GoldRelation, ...]:
    found: set[GoldRelation] = set()
    for fact in facts:
        head, tail = place[fact.subject], place[fact.object]
        mapped = _PROPERTIES[fact.name]
        if mapped.relation and head != tail:
            found.add(GoldRelation(head, mapped.relation, tail, (0,)))
        if mapped.inverse and head != tail:
            found.add(GoldRelation(tail, mapped.inverse, head, (0,)))
    return tuple(sorted(found))
