"""Annotated documents from files: DocRED JSON, KnowledgeNet JSON lines, CoNLL04 columns.

DocRED: Yao et al., ACL 2019; Re-DocRED: Tan et al., EMNLP 2022. Their tokens are joined
to prose (`detokenize`), and every mention keeps its exact place in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kgqa.datasets.annotated import (
    AnnotatedDocument,
    GoldCluster,
    GoldMention,
    GoldRelation,
    SentenceSpan,
)
from kgqa.datasets.annotated_fields import (
    integer,
    integers,
    malformed,
    mapping,
    read_text,
    sequence,
    string,
)
from kgqa.datasets.conll04 import parse_conll04
from kgqa.datasets.detokenize import TokenSpan, detokenize
from kgqa.datasets.knowledgenet import parse_knowledgenet
from kgqa.documents.json_fields import parse_json

__all__ = [
    "AnnotatedDocument",
    "GoldCluster",
    "GoldMention",
    "GoldRelation",
    "SentenceSpan",
    "load_annotated",
]

_TYPES: Mapping[str, str] = {
    "PER": "person",
    "ORG": "organization",
    "LOC": "location",
    "TIME": "time",
    "NUM": "number",
    "MISC": "miscellaneous",
}


def load_annotated(path: Path) -> tuple[AnnotatedDocument, ...]:
    """Read one annotated file; the first character tells which of the three formats it has.

    Raises:
        DocumentError: the file cannot be read, has none of the formats, or lacks a field.
    """
    text = read_text(path)
    opening = text.lstrip()[:1]
    if opening == "[":
        documents = _parse_docred(text, str(path))
    elif opening == "{":
        documents = parse_knowledgenet(text, str(path))
    elif opening == "#":
        documents = parse_conll04(text, str(path))
    else:
        raise malformed(
            str(path),
            "not an annotated file",
            "expected DocRED JSON ([...]), KnowledgeNet JSON lines ({...}) or CoNLL04 columns "
            f"(#doc ...), the file begins with {text[:20]!r}",
        )
    if not documents:
        raise malformed(str(path), "empty", "expected at least one annotated document")
    return documents


def _parse_docred(text: str, source: str) -> tuple[AnnotatedDocument, ...]:
    records = parse_json(text, source)
    return tuple(
        _docred_document(record, f"{source}#{n}", n)
        for n, record in enumerate(sequence(records, source, "document list"))
    )


def _docred_document(record: object, where: str, n: int) -> AnnotatedDocument:
    fields = mapping(record, where, "document")
    title = string(fields, "title", where)
    where = f"{where} ({title})"
    sentences = [
        [_token(token, where) for token in sequence(sentence, where, "sents")]
        for sentence in sequence(fields.get("sents"), where, "sents")
    ]
    for i, sentence in enumerate(sentences):
        if not "".join(sentence).strip():
            raise malformed(f"{where} sents[{i}]", "empty", "expected at least one token")
    joined = detokenize(sentences)
    spans = tuple(SentenceSpan(row[0].start, row[-1].end) for row in map(_visible, joined.tokens))
    clusters = tuple(
        _cluster(sequence(vertex, where, "vertexSet"), joined.tokens, f"{where} vertexSet[{i}]")
        for i, vertex in enumerate(sequence(fields.get("vertexSet"), where, "vertexSet"))
    )
    relations = {
        _relation(label, len(clusters), len(spans), f"{where} labels[{i}]")
        for i, label in enumerate(sequence(fields.get("labels"), where, "labels"))
    }
    return AnnotatedDocument(str(n), title, joined.text, spans, clusters, tuple(sorted(relations)))


def _token(token: object, where: str) -> str:
    if not isinstance(token, str):
        raise malformed(where, "malformed field", f"a token of sents is {token!r}, not a string")
    return token


def _visible(row: Sequence[TokenSpan]) -> list[TokenSpan]:
    return [span for span in row if span.start < span.end]


def _cluster(
    vertex: Sequence[object], tokens: Sequence[Sequence[TokenSpan]], where: str
) -> GoldCluster:
    kinds: list[str] = []
    mentions: set[GoldMention] = set()
    for record in vertex:
        fields = mapping(record, where, "mention")
        code = string(fields, "type", where)
        if code not in _TYPES:
            raise malformed(where, "unknown type", f"{code!r} is none of {', '.join(_TYPES)}")
        kinds.append(_TYPES[code])
        mentions.add(_mention(fields, tokens, where))
    if not mentions:
        raise malformed(where, "missing field", "expected at least one mention")
    most = max(kinds, key=kinds.count)
    return GoldCluster(most, tuple(sorted(mentions)))


def _mention(
    fields: Mapping[str, object], tokens: Sequence[Sequence[TokenSpan]], where: str
) -> GoldMention:
    sentence = integer(fields, "sent_id", where)
    pos = integers(fields.get("pos"), where, "pos")
    if len(pos) != 2:
        raise malformed(where, "malformed field", f"pos is {pos}, expected [start, end]")
    start, end = pos
    if not 0 <= sentence < len(tokens) or not 0 <= start < end <= len(tokens[sentence]):
        raise malformed(
            where, "offset out of range", f"sent_id {sentence}, pos {[start, end]} is outside sents"
        )
    covered = _visible(tokens[sentence][start:end])
    if not covered:
        raise malformed(where, "malformed field", f"pos {[start, end]} covers white space only")
    return GoldMention(covered[0].start, covered[-1].end)


def _relation(label: object, clusters: int, sentences: int, where: str) -> GoldRelation:
    fields = mapping(label, where, "label")
    head, tail = integer(fields, "h", where), integer(fields, "t", where)
    for end in (head, tail):
        if not 0 <= end < clusters:
            raise malformed(
                where, "offset out of range", f"h or t is {end}, vertexSet has {clusters}"
            )
    evidence = integers(fields.get("evidence", []), where, "evidence")
    known = tuple(n for n in sorted(set(evidence)) if 0 <= n < sentences)
    return GoldRelation(head, string(fields, "r", where), tail, known)
