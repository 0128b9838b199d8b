from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from kgqa.datasets.evidence_titles import TitleIndex, supporting_titles
from kgqa.datasets.multihop import (
    CorpusPassage,
    load_contexts,
    load_corpus,
    load_multihop,
)
from kgqa.errors import KgqaError, QuestionError
from kgqa.evaluate.retrieval import evaluate_multihop, ranked_documents, recall_at
from kgqa.link.resolve import resolve
from kgqa.retrieve.retriever import Retriever
from kgqa.store.base import GraphStore
from kgqa.store.open import open_store
from kgqa.store.records import Vectors
from kgqa.types import Cluster, Document, Extraction, Mention, Passage, ScoredPassage

SHARED = Path(os.environ.get("KGQA_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))

TRIPLES = {
    "id": "q1",
    "question": "When did Lothair Ii's mother die?",
    "answer": "20 March 851",
    "evidence": [
        ["Lothair II", "mother", "Ermengarde of Tours"],
        ["Ermengarde of Tours", "date of death", "20 March 851"],
    ],
}
CONTEXTS = {
    "question_id": "q2",
    "question_text": "Where is the director of Big Stone Gap based?",
    "answers_objects": [{"spans": ["New York", "New York City"]}],
    "contexts": [
        {"title": "Nola", "paragraph_text": "Nola is a film.", "is_supporting": False},
        {"title": "Big Stone Gap", "paragraph_text": "A film.", "is_supporting": True},
        {"title": "Adriana Trigiani", "paragraph_text": "A writer.", "is_supporting": True},
    ],
}
ORIGINAL = {
    "_id": "q3",
    "question": "If Gallu is a demon, Lilu is what?",
    "answer": "a spirit",
    "context": [["Lilu", ["Lilu is a spirit.", " It is old."]], ["Dice", ["A game."]]],
    "supporting_facts": [["Lilu", 0], ["Lilu", 1]],
}
PARAGRAPHS = {
    "id": "q4",
    "question": "Who led the publisher?",
    "answer": "G. Stanley Hall",
    "answer_aliases": ["Stanley Hall"],
    "paragraphs": [
        {"title": "Journal", "paragraph_text": "First text.", "is_supporting": True},
        {"title": "Journal", "paragraph_text": "Second text.", "is_supporting": False},
    ],
}


def written(folder: Path, content: object) -> Path:
    path = folder / "questions.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("record", "answers", "titles"),
    [
        (TRIPLES, ("20 March 851",), ("Lothair II", "Ermengarde of Tours")),
        (CONTEXTS, ("New York", "New York City"), ("Big Stone Gap", "Adriana Trigiani")),
        (ORIGINAL, ("a spirit",), ("Lilu",)),
        (PARAGRAPHS, ("G. Stanley Hall", "Stanley Hall"), ("Journal",)),
    ],
    ids=["2wiki", "hotpotqa dev", "hotpotqa original", "musique"],
)
def test_each_form_is_read(
    tmp_path: Path, record: dict[str, object], answers: tuple[str, ...], titles: tuple[str, ...]
) -> None:
    (question,) = load_multihop(written(tmp_path, [record]))
    assert question.id.startswith("q")
    assert question.question.endswith("?")
    assert question.answers == answers
    assert question.titles == titles


def without(record: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in record.items() if key != name}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{", r"malformed JSON.*line 1"),
        ({"a": 1}, "expected a JSON list, got dict"),
        (["text"], r"#\[0\].*'question'"),
        ([TRIPLES, without(TRIPLES, "question")], r"#\[1\].*'question'"),
        ([without(TRIPLES, "answer")], "'answer'"),
        ([without(TRIPLES, "id")], "'id'"),
        ([without(TRIPLES, "evidence")], "'paragraphs'"),
        ([{**TRIPLES, "question": "  "}], "empty question"),
        ([{**TRIPLES, "evidence": [["a", "b"]]}], r"evidence\[0\].*3 texts"),
        ([{**TRIPLES, "evidence": [["a", "b", 3]]}], r"evidence\[0\].*3 texts"),
        ([{**TRIPLES, "evidence": []}], "none of its 1 questions"),
        ([without(CONTEXTS, "answers_objects")], "'answer'"),
        ([{**CONTEXTS, "answers_objects": [{}]}], r"answers_objects\[0\].*'spans'"),
        ([{**CONTEXTS, "contexts": [{"title": "a"}]}], r"contexts\[0\].*'paragraph_text'"),
        (
            [{**CONTEXTS, "contexts": [{"title": "a", "paragraph_text": "b"}]}],
            r"contexts\[0\].*'is_supporting'",
        ),
        ([without(ORIGINAL, "supporting_facts")], "'supporting_facts'"),
        ([{**ORIGINAL, "supporting_facts": ["Lilu"]}], r"supporting_facts\[0\]"),
        ([{**ORIGINAL, "context": [["Lilu"]]}], r"context\[0\].*title, list of sentences"),
        ([], "none of its 0 questions"),
    ],
)
def test_a_malformed_file_names_what_is_missing_and_where(
    tmp_path: Path, content: object, named: str
) -> None:
    with pytest.raises(QuestionError, match=named) as caught:
        load_multihop(written(tmp_path, content))
    assert "questions.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    for load in (load_multihop, load_corpus, load_contexts):
        with pytest.raises(QuestionError, match=r"gone\.json"):
            load(tmp_path / "gone.json")


def test_contexts_are_the_distinct_paragraphs(tmp_path: Path) -> None:
    path = written(tmp_path, [CONTEXTS, {**CONTEXTS, "question_id": "again"}, ORIGINAL])
    assert [passage.title for passage in load_contexts(path)] == [
        *["Nola", "Big Stone Gap", "Adriana Trigiani"],
        *["Lilu", "Dice"],
    ]
    with pytest.raises(QuestionError, match="--corpus"):
        load_contexts(written(tmp_path, [TRIPLES]))


def test_a_corpus_is_titles_and_texts(tmp_path: Path) -> None:
    path = written(tmp_path, [{"title": "A", "text": "b"}])
    assert load_corpus(path) == [CorpusPassage("A", "b")]
    with pytest.raises(QuestionError, match=r"#\[1\].*'text'"):
        load_corpus(written(tmp_path, [{"title": "A", "text": "b"}, {"title": "A"}]))


@pytest.mark.parametrize(
    ("question", "triples", "corpus", "expected"),
    [
        # as in the corpus
        ("Q", [("A", "r", "B"), ("B", "r", "C")], {"A", "B", "C"}, ("A", "B")),
        # the graph's name has no qualifier, the title has
        (
            "What nationality is the director of film Good People (Film)?",
            [("Good People", "director", "Kim Ax"), ("Kim Ax", "country", "Denmark")],
            {"Good People (film)", "Good People (band)", "Kim Ax (director)"},
            ("Good People (film)", "Kim Ax (director)"),
        ),
        # the question spells out another article than the one with the bare name
        ("Who sang Mimi (Song)?", [("Mimi", "singer", "Bo")], {"Mimi", "Mimi (song)"},
         ("Mimi (song)",)),
        # the first article is known by the question's wording alone
        (
            "Who is Jean Tangye's brother?",
            [("Jean Everald Tangye", "sibling", "Nigel")],
            {"Jean Tangye", "Jean"},
            ("Jean Tangye",),
        ),
        # the second subject is named as the first triple's tail
        (
            "Where was the husband of Ann Lee born?",
            [("Ann Lee", "spouse", "Bob Roe"), ("Robert Edward Roe", "born", "Oslo")],
            {"Ann Lee", "Bob Roe"},
            ("Ann Lee", "Bob Roe"),
        ),
        # a title goes on after a comma
        ("Q", [("Siemowit IV", "father", "X")], {"Siemowit IV, Duke of Masovia"},
         ("Siemowit IV, Duke of Masovia",)),
        # two articles could be meant
        ("Q", [("Ann Lee", "r", "B")], {"Ann Lee (singer)", "Ann Lee (saint)"}, ()),
        # one document for a subject of two triples
        ("Q", [("A", "r", "B"), ("A", "s", "C")], {"A"}, ("A",)),
    ],
)  # fmt: skip
def test_documents_of_evidence_triples(
    question: str,
    triples: Sequence[Sequence[str]],
    corpus: set[str],
    expected: tuple[str, ...],
) -> None:
    assert supporting_titles(triples, question, TitleIndex(corpus)) == expected


def test_recall() -> None:
    ranked = ["a", "x", "b", "y"]
    assert recall_at(1, ranked, {"a", "b"}) == 0.5
    assert recall_at(2, ranked, {"a", "b"}) == 0.5
    assert recall_at(3, ranked, ["a", "b"]) == 1.0
    assert recall_at(10, ranked, {"z"}) == 0.0
    assert recall_at(2, [], {"z"}) == 0.0
    with pytest.raises(ValueError, match="gold"):
        recall_at(1, ranked, [])


def passage(document: str, title: str, text: str) -> ScoredPassage:
    return ScoredPassage(Passage(f"{document}:0", document, 0, len(text), text), title, "", 1.0)


def test_a_document_counts_once_and_titles_alone_do_not_tell(tmp_path: Path) -> None:
    (question,) = load_multihop(written(tmp_path, [PARAGRAPHS]))
    found = [
        passage("d2", "Journal", "Second text."),
        passage("d1", "Journal", "First"),
        passage("d1", "Journal", "text."),
        passage("d3", "Other", "First text."),
    ]
    ranked = ranked_documents(found, question)
    assert [document.key for document in ranked] == ["d2", "gold 0", "d3"]
    assert [document.title for document in ranked] == ["Journal", "Journal", "Other"]


class WordEncoder:
    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), 64), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, int(hashlib.md5(word.encode()).hexdigest(), 16) % 64] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


CORPUS = [
    {"title": "Lothair II", "text": "Lothair II was a son of Ermengarde of Tours."},
    {"title": "Ermengarde of Tours", "text": "She died on 20 March 851."},
    *({"title": f"Town {n}", "text": f"When did town {n} die out?"} for n in range(6)),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    with open_store(f"sqlite:///{tmp_path / 'corpus.db'}") as opened:
        for record in CORPUS:
            title, text = record["title"], record["text"]
            document = Document.create(f"corpus#{title}", title, text)
            only = Passage(f"{document.id}:0", document.id, 0, len(text), text)
            clusters = []
            for n, name in enumerate(dict.fromkeys([title, "Ermengarde of Tours"])):
                start = text.find(name)
                mention = Mention(only.id, start, start + len(name), name, "person", 1.0)
                if name == title or start >= 0:
                    mentions = (mention,) if start >= 0 else ()
                    identity = f"{document.id}:c{n}"
                    about = name == title
                    clusters.append(Cluster(identity, document.id, "person", name, mentions, about))
            vectors = WordEncoder().encode([f"{title}\n{text}"])
            opened.replace_document(Extraction(document, (only,), tuple(clusters), ()), vectors)
        resolve(opened)
        yield opened


def test_evaluation_reports_every_metric(tmp_path: Path, store: GraphStore) -> None:
    corpus = tmp_path / "corpus.json"
    corpus.write_text(json.dumps(CORPUS))
    done: list[int] = []
    report = evaluate_multihop(
        written(tmp_path, [TRIPLES]),
        corpus,
        Retriever(store, WordEncoder()),
        ask=lambda question: "on 20 March 851",
        settings={"context": "none"},
        out=tmp_path / "out",
        progress=done.append,
    )
    values = {name: metric.value for name, metric in report.metrics.items()}
    assert list(values) == [
        *["recall@2", "recall@5", "recall@10", "em", "f1"],
        *["bm25_recall@5", "dense_recall@5"],
    ]
    assert values["recall@2"] == 100.0
    assert values["bm25_recall@5"] == 50.0
    assert values["em"] == 0.0
    assert values["f1"] == pytest.approx(600 / 7)
    assert (report.task, report.n, done) == ("multihop", 1, [1])
    assert report.settings["context"] == "none"
    (row,) = (tmp_path / "out" / "predictions.jsonl").read_text().splitlines()
    prediction = json.loads(row)
    assert prediction["supporting"] == ["Lothair II", "Ermengarde of Tours"]
    assert prediction["retrieved"][:2] == ["Lothair II", "Ermengarde of Tours"]
    assert prediction["prediction"] == "on 20 March 851"


def test_without_a_reader_only_retrieval_is_measured(tmp_path: Path, store: GraphStore) -> None:
    questions = [{**TRIPLES, "id": f"q{n}"} for n in range(5)]
    retriever = Retriever(store, WordEncoder())
    path = written(tmp_path, questions)
    report = evaluate_multihop(path, None, retriever, limit=3, settings={})
    assert report.n == 3
    assert not {"em", "f1"} & set(report.metrics)
    with pytest.raises(KgqaError, match="limit"):
        evaluate_multihop(path, None, retriever, limit=0, settings={})


def test_the_shared_sets_have_gold_documents_for_every_question() -> None:
    if not (SHARED / "2wiki" / "questions.json").is_file():
        pytest.skip("the shared data is not here; set KGQA_SHARED_DATA to its folder")
    titles = {document.title for document in load_corpus(SHARED / "2wiki" / "corpus.json")}
    questions = load_multihop(SHARED / "2wiki" / "questions.json", titles)
    assert len(questions) == 519
    assert all(set(question.titles) <= titles for question in questions)
    assert sum(2 <= len(question.gold) <= 4 for question in questions) >= 500
    assert len(load_multihop(SHARED / "hotpotqa" / "dev.json")) == 240
    assert len(load_multihop(SHARED / "hotpotqa" / "train_100.json")) == 100
    assert len(load_multihop(SHARED / "musique" / "train_100.json")) == 100
    assert len(load_contexts(SHARED / "musique" / "train_100.json")) == 1890
