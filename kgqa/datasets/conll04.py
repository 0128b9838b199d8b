"""CoNLL04: newswire sentences, one token a line, entities and relations (Roth & Yih, 2004).

Columns: position, token, BIO tag, relation names, positions of the tails' last tokens; the
relations stand at the last token of their head. A `#doc` line opens each sentence. There
is no coreference: entities of one type and name in a sentence are taken as one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kgqa.datasets.annotated import (
    AnnotatedDocument,
    GoldCluster,
    GoldMention,
    GoldRelation,
    SentenceSpan,
)
from kgqa.datasets.annotated_fields import malformed
from kgqa.datasets.detokenize import TokenSpan, detokenize
from kgqa.names import name_key

_TYPES: Mapping[str, str] = {
    "Peop": "person",
    "Org": "organization",
    "Loc": "location",
    "Other": "miscellaneous",
}
_RELATIONS: Mapping[str, str] = {
    "Live_In": "P551",
    "OrgBased_In": "P159",
    "Located_In": "P131",
    "Work_For": "P108",
}
_UNMAPPED = frozenset({"Kill", "N"})
_SURFACES: Mapping[str, str] = {
    "_": "—",
    "-LRB-": "(",
    "-RRB-": ")",
    "-LCB-": "{",
    "-RCB-": "}",
    "``": "“",
    "''": "”",
    "`": "\u2018",
}
# "Other" mixes dates and amounts with names of works and events; its words tell which.
_TIME = re.compile(
    r"(?:\b(?:Jan|Feb|March|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b|day\b"
    r"|\b(?:GMT|a\.m|p\.m|o '?clock|(?:year|month|week|day|hour|minute|decade)s?)\b"
    r"|^(?:1[5-9]|20)\d\ds?$)"
)
_NUMBER = re.compile(r"^[$£]?\d|\b(?:percent|million|billion|hundred|thousand|dozen)\b")


@dataclass(frozen=True, slots=True)
class _Row:
    token: str
    tag: str
    relations: tuple[str, ...]
    tails: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Entity:
    first: int
    last: int
    type: str


def parse_conll04(text: str, source: str) -> tuple[AnnotatedDocument, ...]:
    """Every sentence as one document; relations without a P-id ("Kill") are left out.

    Raises:
        DocumentError: a line without its five columns, or with an unknown tag or relation.
    """
    documents: list[AnnotatedDocument] = []
    name, rows, begun = "", list[_Row](), 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#doc"):
            if rows:
                documents.append(_document(name, rows, f"{source}:{begun}"))
            name, rows, begun = line.removeprefix("#doc").strip(), [], number
        elif line.strip():
            rows.append(_row(line, f"{source}:{number}"))
    if rows:
        documents.append(_document(name, rows, f"{source}:{begun}"))
    return tuple(documents)


def _row(line: str, where: str) -> _Row:
    columns = line.split("\t")
    if len(columns) != 5:
        raise malformed(
            where,
            "malformed line",
            f"expected 5 columns (position, token, tag, relations, tails), came {len(columns)}",
        )
    _, token, tag, names, places = columns
    try:
        relations, tails = ast.literal_eval(names), ast.literal_eval(places)
        row = _Row(token, tag, tuple(map(str, relations)), tuple(map(int, tails)))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise malformed(
            where, "malformed line", f"relations or tails are no list: {names} {places}"
        ) from error
    unknown = [name for name in row.relations if name not in _UNMAPPED | _RELATIONS.keys()]
    if unknown:
        raise malformed(where, "unknown relation", f"{unknown[0]!r} is none of CoNLL04's")
    if tag != "O" and (tag[:2] not in ("B-", "I-") or tag[2:] not in _TYPES):
        raise malformed(where, "unknown type", f"tag {tag!r} is none of CoNLL04's")
    return row


def _document(name: str, rows: list[_Row], where: str) -> AnnotatedDocument:
    joined = detokenize([_surfaces([row.token for row in rows])])
    tokens = joined.tokens[0]
    grouped: dict[tuple[str, str], set[GoldMention]] = {}
    ends: dict[int, tuple[str, str]] = {}
    for entity in _entities(rows):
        mention = _mention(tokens[entity.first : entity.last + 1])
        if mention is None:
            continue
        surface = joined.text[mention.start : mention.end]
        key = (_type(entity.type, surface), name_key(surface))
        grouped.setdefault(key, set()).add(mention)
        ends[entity.last] = key
    order = {key: n for n, key in enumerate(grouped)}
    relations: set[GoldRelation] = set()
    for place, row in enumerate(rows):
        for relation, tail in zip(row.relations, row.tails, strict=False):
            if relation == "N" or relation not in _RELATIONS:
                continue
            if place not in ends or tail not in ends:
                raise malformed(where, "missing entity", f"{relation} from {place} to {tail}")
            head_id, tail_id = order[ends[place]], order[ends[tail]]
            relations.add(GoldRelation(head_id, _RELATIONS[relation], tail_id, (0,)))
    return AnnotatedDocument(
        name,
        "",
        joined.text,
        (SentenceSpan(0, len(joined.text)),),
        tuple(GoldCluster(key[0], tuple(sorted(grouped[key]))) for key in grouped),
        tuple(sorted(relations)),
        annotated_types=frozenset({"person", "organization", "location"}),
        annotated_relations=frozenset(_RELATIONS.values()),
        coreference=False,
    )


def _surfaces(tokens: list[str]) -> list[str]:
    """Tokens as a writer has them: two back quotes or apostrophes are one double quote."""
    surfaces = [_SURFACES.get(token, token) for token in tokens]
    for i in range(len(tokens) - 1):
        pair = tokens[i : i + 2]
        if surfaces[i] and pair in (["`", "`"], ["'", "'"]):
            surfaces[i], surfaces[i + 1] = ("“" if pair[0] == "`" else "”"), ""
    return surfaces


def _entities(rows: list[_Row]) -> list[_Entity]:
    entities: list[_Entity] = []
    for place, row in enumerate(rows):
        if row.tag == "O":
            continue
        kind = row.tag[2:]
        last = entities[-1] if entities else None
        if last and row.tag[0] == "I" and (last.last, last.type) == (place - 1, kind):
            entities[-1] = _Entity(last.first, place, kind)
        else:
            entities.append(_Entity(place, place, kind))
    return entities


def _mention(tokens: tuple[TokenSpan, ...]) -> GoldMention | None:
    covered = [span for span in tokens if span.start < span.end]
    return GoldMention(covered[0].start, covered[-1].end) if covered else None


def _type(code: str, surface: str) -> str:
    if code != "Other":
        return _TYPES[code]
    if _TIME.search(surface):
        return "time"
    return "number" if _NUMBER.search(surface) else "miscellaneous"
