"""DocRED, KnowledgeNet and CoNLL04 files become one record, offsets exact, faults named."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgqa.datasets.annotated import MENTION_TYPES, AnnotatedDocument
from kgqa.datasets.docred import load_annotated
from kgqa.errors import DocumentError

SHARED = Path(
    os.environ.get("KGQA_SHARED_DATA", Path(__file__).resolve().parents[4] / "shared" / "data")
)
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared data folder is absent (set KGQA_SHARED_DATA)"
)

DOCRED: list[dict[str, Any]] = [
    {
        "title": "Marie Curie",
        "sents": [
            ["Marie", "Curie", "(", "born", "7", "November", "1867", ")", "was", "Polish", "."],
            ["Curie", "'s", "husband", "was", "Pierre", "Curie", "."],
        ],
        "vertexSet": [
            [
                {"name": "Curie", "sent_id": 1, "pos": [0, 1], "type": "PER"},
                {"name": "Marie Curie", "sent_id": 0, "pos": [0, 2], "type": "PER"},
                {"name": "Curie", "sent_id": 1, "pos": [0, 1], "type": "PER"},
            ],
            [{"name": "7 November 1867", "sent_id": 0, "pos": [4, 7], "type": "TIME"}],
            [{"name": "Pierre Curie", "sent_id": 1, "pos": [4, 6], "type": "PER"}],
        ],
        "labels": [
            {"r": "P569", "h": 0, "t": 1, "evidence": [0]},
            {"r": "P26", "h": 0, "t": 2, "evidence": [1]},
        ],
    }
]


def fact(property_: str, subject: tuple[int, int, str], object_: tuple[int, int, str]) -> Any:
    ends = {
        role: {"start": start, "end": end, "text": text, "wikidata": None}
        for role, (start, end, text) in (("subject", subject), ("object", object_))
    }
    return {"property": property_, **ends}


KNOWLEDGENET_TEXT = "Acme, which Ann Lee, Bob's daughter, founded in 1990, moved to the US."
KNOWLEDGENET = {
    "doc": 7,
    "passage_start": 12,
    "text": KNOWLEDGENET_TEXT,
    "facts": [
        fact("FOUNDED_BY", (0, 4, "Acme"), (12, 19, "Ann Lee")),
        fact("FOUNDED_BY", (6, 11, "which"), (12, 19, "Ann Lee")),
        fact("CHILD_OF", (12, 19, "Ann Lee"), (21, 24, "Bob")),
        fact("HEADQUARTERS", (0, 4, "Acme"), (67, 69, "US")),
        fact("HEADQUARTERS", (6, 11, "which"), (67, 69, "US")),
        fact("CEO", (0, 4, "Acme"), (12, 19, "Ann Lee")),
        fact("CEO", (6, 11, "which"), (12, 19, "Ann Lee")),
    ],
    "annotated_without_fact": ["SPOUSE"],
}

CONLL = "\n".join(
    [
        "#doc 12",
        *(
            f"{n}\t{token}\t{tag}\t{relations}\t{tails}"
            for n, (token, tag, relations, tails) in enumerate(
                [
                    ("Ann", "B-Peop", "['N']", "[0]"),
                    ("Lee", "I-Peop", "['Work_For', 'Kill']", "[4, 0]"),
                    ("of", "O", "['N']", "[2]"),
                    ("Acme", "B-Org", "['N']", "[3]"),
                    ("Inc.", "I-Org", "['N']", "[4]"),
                    ("said", "O", "['N']", "[5]"),
                    ("`", "O", "['N']", "[6]"),
                    ("`", "O", "['N']", "[7]"),
                    ("no", "O", "['N']", "[8]"),
                    ("'", "O", "['N']", "[9]"),
                    ("'", "O", "['N']", "[10]"),
                    ("on", "O", "['N']", "[11]"),
                    ("June", "B-Other", "['N']", "[12]"),
                    ("20", "I-Other", "['N']", "[13]"),
                    (".", "O", "['N']", "[14]"),
                ]
            )
        ),
        "",
    ]
)


def load(tmp_path: Path, content: str) -> tuple[AnnotatedDocument, ...]:
    path = tmp_path / "gold"
    path.write_text(content, encoding="utf-8")
    return load_annotated(path)


def surfaces(document: AnnotatedDocument) -> list[tuple[str, list[str]]]:
    return [(c.type, [document.surface(m) for m in c.mentions]) for c in document.clusters]


def named_relations(document: AnnotatedDocument) -> set[tuple[str, str, str]]:
    names = [words[0] for _, words in surfaces(document)]
    return {(names[r.head], r.relation, names[r.tail]) for r in document.relations}


def test_docred_text_reads_naturally_and_mentions_keep_their_place(tmp_path: Path) -> None:
    (document,) = load(tmp_path, json.dumps(DOCRED))
    assert document.text == (
        "Marie Curie (born 7 November 1867) was Polish. Curie's husband was Pierre Curie."
    )
    assert surfaces(document) == [
        ("person", ["Marie Curie", "Curie"]),
        ("time", ["7 November 1867"]),
        ("person", ["Pierre Curie"]),
    ]
    assert [document.text[s.start : s.end] for s in document.sentences] == [
        "Marie Curie (born 7 November 1867) was Polish.",
        "Curie's husband was Pierre Curie.",
    ]
    assert [(r.head, r.relation, r.tail, r.evidence) for r in document.relations] == [
        (0, "P26", 2, (1,)),
        (0, "P569", 1, (0,)),
    ]
    assert document.complete


def test_knowledgenet_maps_its_properties_and_finds_coreference(tmp_path: Path) -> None:
    (document,) = load(tmp_path, json.dumps(KNOWLEDGENET))
    assert surfaces(document) == [
        ("organization", ["Acme", "which"]),
        ("person", ["Ann Lee"]),
        ("person", ["Bob"]),
        ("location", ["US"]),
    ]
    assert [m.pronoun for c in document.clusters for m in c.mentions].count(True) == 1
    # CHILD_OF is the parent's P40; CEO has no relation in the ontology.
    assert named_relations(document) == {
        ("Acme", "P112", "Ann Lee"),
        ("Bob", "P40", "Ann Lee"),
        ("Acme", "P159", "US"),
    }
    assert document.annotated_relations == frozenset({"P112", "P40", "P159", "P26"})
    assert not document.complete


def test_knowledgenet_leaves_a_pronoun_alone_that_fits_two_names(tmp_path: Path) -> None:
    record = {
        "text": "Ann and Bob, who died in 1990.",
        "facts": [
            fact("DATE_OF_DEATH", (0, 3, "Ann"), (25, 29, "1990")),
            fact("DATE_OF_DEATH", (8, 11, "Bob"), (25, 29, "1990")),
            fact("DATE_OF_DEATH", (13, 16, "who"), (25, 29, "1990")),
        ],
    }
    (document,) = load(tmp_path, json.dumps(record))
    assert ("person", ["who"]) in surfaces(document)


def test_conll04_sentences_become_documents(tmp_path: Path) -> None:
    (document,) = load(tmp_path, CONLL)
    assert document.id == "12"
    assert document.text == "Ann Lee of Acme Inc. said “no” on June 20."
    assert surfaces(document) == [
        ("person", ["Ann Lee"]),
        ("organization", ["Acme Inc."]),
        ("time", ["June 20"]),
    ]
    assert named_relations(document) == {("Ann Lee", "P108", "Acme Inc.")}
    assert not document.complete


def broken_docred(change: Callable[[dict[str, Any]], object]) -> str:
    records = copy.deepcopy(DOCRED)
    change(records[0])
    return json.dumps(records)


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        ("", "not an annotated file", "DocRED JSON"),
        ("[]", "empty", "at least one"),
        ('[{"title": ', "malformed JSON", "line 1"),
        (broken_docred(lambda d: d.pop("labels")), "missing field", "labels"),
        (broken_docred(lambda d: d.pop("sents")), "missing field", "sents"),
        (broken_docred(lambda d: d.update(sents=[["A"], []])), "empty", "token"),
        (broken_docred(lambda d: d.update(vertexSet={})), "malformed field", "vertexSet is dict"),
        (
            broken_docred(lambda d: d["vertexSet"][1][0].update(pos=[4, 70])),
            "offset out of range",
            "[4, 70]",
        ),
        (broken_docred(lambda d: d["vertexSet"][1][0].update(type="DAY")), "unknown type", "DAY"),
        (broken_docred(lambda d: d["labels"][0].update(h=9)), "offset out of range", "9"),
        (broken_docred(lambda d: d["labels"][0].update(h=None)), "missing field", "h,"),
        (
            broken_docred(lambda d: d["labels"][0].update(evidence=["1"])),
            "malformed field",
            "evidence",
        ),
        (
            json.dumps({**KNOWLEDGENET, "text": "Other words."}),
            "offset out of range",
            "expected 'Acme'",
        ),
        (json.dumps(KNOWLEDGENET) + "\n{", "malformed JSON", "line 1"),
        (json.dumps({"text": "A."}), "missing field", "facts"),
        (
            json.dumps({"text": "A B", "facts": [fact("LIKES", (0, 1, "A"), (2, 3, "B"))]}),
            "unknown relation",
            "LIKES",
        ),
        (CONLL.replace("\tO\t", "\t", 1), "malformed line", "5 columns"),
        (CONLL.replace("'Kill'", "'Greet'"), "unknown relation", "Greet"),
        (CONLL.replace("B-Org", "B-Firm"), "unknown type", "B-Firm"),
        (CONLL.replace("[4, 0]", "[5, 0]"), "missing entity", "Work_For from 1 to 5"),
        (CONLL.replace("[4, 0]", "[4, x]"), "malformed line", "no list"),
    ],
)
def test_a_bad_file_is_refused_by_name(
    tmp_path: Path, content: str, reason: str, detail: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, content)
    assert refused.value.reason == reason
    assert detail in refused.value.detail
    assert str(tmp_path / "gold") in refused.value.source


def test_the_place_of_a_fault_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"gold#0 \(Marie Curie\) vertexSet\[1\]"):
        load(tmp_path, broken_docred(lambda d: d["vertexSet"][1][0].pop("pos")))
    with pytest.raises(DocumentError, match="gold:2: malformed JSON"):
        load(tmp_path, json.dumps(KNOWLEDGENET) + "\n{")


def test_a_missing_and_a_wrongly_encoded_file(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        load_annotated(tmp_path / "nowhere.json")
    (tmp_path / "latin").write_bytes('[{"title": "Médi"}]'.encode("latin-1"))
    with pytest.raises(DocumentError, match="expected UTF-8"):
        load_annotated(tmp_path / "latin")


@needs_shared
@pytest.mark.parametrize(
    ("name", "documents", "relations"),
    [
        ("redocred/train_500.json", 500, 17284),
        ("knowledgenet/train.jsonl", 4293, None),
        ("conll04/train.txt", 910, None),
    ],
)
def test_the_shared_sets_load_whole(name: str, documents: int, relations: int | None) -> None:
    loaded = load_annotated(SHARED / name)
    assert len(loaded) == documents
    if relations is not None:
        assert sum(len(document.relations) for document in loaded) == relations
    for document in loaded:
        assert {cluster.type for cluster in document.clusters} <= MENTION_TYPES
        for cluster in document.clusters:
            assert cluster.mentions
            for mention in cluster.mentions:
                surface = document.surface(mention)
                assert surface
                assert surface == surface.strip()


@pytest.mark.parametrize("content", ["[" * 100_000, '{"facts": ' + "[" * 100_000, "[NaN"])
def test_json_that_cannot_be_parsed_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DocumentError) as caught:
        load_annotated(tmp_path / "a.json")
    assert caught.value.reason == "malformed JSON"
