"""Files of multi-hop questions with the documents that support each answer.

Four forms, told apart by their fields: the 2WikiMultihopQA sample with evidence triples,
HotpotQA as IRCoT publishes it (`contexts`), HotpotQA and 2WikiMultihopQA as their authors
do (`context`, `supporting_facts`), and MuSiQue (`paragraphs`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kgqa.datasets.evidence_titles import TitleIndex, supporting_titles
from kgqa.documents.decode import decode
from kgqa.documents.json_fields import field, parse_json
from kgqa.errors import DocumentError, QuestionError


@dataclass(frozen=True, slots=True)
class CorpusPassage:
    """A document of the corpus. `text` is empty where only its title is known."""

    title: str
    text: str = ""

    def holds(self, title: str, text: str) -> bool:
        """Whether a retrieved text of that title is (a part of) this document."""
        same_title = _squeezed(self.title) == _squeezed(title)
        return same_title and (not self.text or _squeezed(text) in _squeezed(self.text))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One of the paragraphs that a question brings along, and whether its answer needs it."""

    passage: CorpusPassage
    supporting: bool


@dataclass(frozen=True, slots=True)
class MultihopQuestion:
    """`answers` are the accepted ones, `gold` the documents that support them, one or more;
    `paragraphs` are those that the file gives with the question, in its order."""

    id: str
    question: str
    answers: tuple[str, ...]
    gold: tuple[CorpusPassage, ...]
    paragraphs: tuple[Paragraph, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the supporting documents."""
        return tuple(document.title for document in self.gold)


def load_multihop(path: Path, corpus_titles: Collection[str] = ()) -> list[MultihopQuestion]:
    """Read the questions of one file.

    Args:
        corpus_titles: for 2wiki evidence triples, the titles that a document can have (see
            `supporting_titles`); without them a triple's subject counts as a title.

    Returns:
        The questions in the file's order, less those whose gold documents are unknown.

    Raises:
        QuestionError: the file cannot be read, is not JSON, a field is missing (the message
            names it and where), or no question is left.
    """
    index = TitleIndex(corpus_titles)
    try:
        questions = [_question(*record, index) for record in _records(path)]
    except DocumentError as error:
        raise QuestionError(str(error)) from error
    known = [question for question in questions if question.gold]
    if not known:
        raise QuestionError(
            f"{path}: expected questions with supporting documents, none of its "
            f"{len(questions)} questions has one; check that the corpus belongs to them"
        )
    return known


def load_contexts(path: Path) -> list[CorpusPassage]:
    """The distinct paragraphs that a hotpotqa or musique file brings along: its corpus.

    Raises:
        QuestionError: as `load_multihop`, or the questions have no paragraphs.
    """
    try:
        paragraphs = [
            paragraph.passage
            for record, where in _records(path)
            for paragraph in _paragraphs(record, where)
        ]
    except DocumentError as error:
        raise QuestionError(str(error)) from error
    if not paragraphs:
        raise QuestionError(
            f"{path}: expected questions with their own paragraphs (contexts, context or "
            "paragraphs), got none; name the corpus with --corpus"
        )
    return list(dict.fromkeys(paragraphs))


def load_corpus(path: Path) -> list[CorpusPassage]:
    """A corpus file: a JSON list of {title, text}.

    Raises:
        QuestionError: it cannot be read or has another form.
    """
    try:
        return [
            CorpusPassage(field(record, "title", str, where), field(record, "text", str, where))
            for record, where in _records(path)
        ]
    except DocumentError as error:
        raise QuestionError(str(error)) from error


def _records(path: Path) -> Iterator[tuple[object, str]]:
    """Each element of a JSON list with its place, for error messages."""
    source = str(path)
    try:
        content = parse_json(decode(path.read_bytes(), source), source)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DocumentError(source, "unreadable", f"expected a JSON file; {reason}") from error
    if not isinstance(content, list):
        raise DocumentError(
            source, "not a list", f"expected a JSON list, got {type(content).__name__}"
        )
    for n, record in enumerate(content):
        yield record, f"{source}#[{n}]"


def _question(record: object, where: str, index: TitleIndex) -> MultihopQuestion:
    fields: Mapping[str, object] = record if isinstance(record, Mapping) else {}
    text_field = "question_text" if "question_text" in fields else "question"
    question = field(record, text_field, str, where)
    if not question.strip():
        raise DocumentError(where, "empty question", f"expected words in {text_field!r}, got none")
    id_field = next((name for name in ("question_id", "_id") if name in fields), "id")
    paragraphs = _paragraphs(record, where)
    if "evidence" in fields:
        triples = [
            _strings(triple, 3, f"{where}.evidence[{n}]")
            for n, triple in enumerate(field(record, "evidence", list, where))
        ]
        titles = supporting_titles(triples, question, index)
        gold = tuple(CorpusPassage(title) for title in titles)
    else:
        gold = tuple(dict.fromkeys(p.passage for p in paragraphs if p.supporting))
    return MultihopQuestion(
        field(record, id_field, str, where),
        question,
        _answers(record, fields, where),
        gold,
        tuple(paragraphs),
    )


def _answers(record: object, fields: Mapping[str, object], where: str) -> tuple[str, ...]:
    if "answers_objects" in fields:
        spans: list[object] = []
        for n, answer in enumerate(field(record, "answers_objects", list, where)):
            spans += field(answer, "spans", list, f"{where}.answers_objects[{n}]")
        return _strings(spans, None, f"{where}.answers_objects")
    aliases: list[object] = (
        field(record, "answer_aliases", list, where) if "answer_aliases" in fields else []
    )
    return _strings([field(record, "answer", str, where), *aliases], None, where)


def _paragraphs(record: object, where: str) -> list[Paragraph]:
    """The paragraphs of one question, in any of the three forms; [] for evidence triples."""
    fields: Mapping[str, object] = record if isinstance(record, Mapping) else {}
    if "evidence" in fields:
        return []
    if "context" in fields:
        return _original_paragraphs(record, where)
    name = "contexts" if "contexts" in fields else "paragraphs"
    found = []
    for n, paragraph in enumerate(field(record, name, list, where)):
        place = f"{where}.{name}[{n}]"
        passage = CorpusPassage(
            field(paragraph, "title", str, place), field(paragraph, "paragraph_text", str, place)
        )
        supporting = paragraph.get("is_supporting")
        if not isinstance(supporting, bool):
            raise DocumentError(
                place, "missing field", "expected a field 'is_supporting', true or false"
            )
        found.append(Paragraph(passage, supporting))
    return found


def _original_paragraphs(record: object, where: str) -> list[Paragraph]:
    """`context`: [title, sentences] pairs; `supporting_facts`: [title, sentence] pairs."""
    supporting = {
        _strings(fact[:1] if isinstance(fact, list) else fact, 1, f"{where}.supporting_facts[{n}]")
        for n, fact in enumerate(field(record, "supporting_facts", list, where))
    }
    found = []
    for n, pair in enumerate(field(record, "context", list, where)):
        place = f"{where}.context[{n}]"
        if not isinstance(pair, list) or len(pair) != 2:
            raise DocumentError(place, "malformed pair", "expected [title, list of sentences]")
        (title,) = _strings(pair[:1], 1, place)
        text = "".join(_strings(pair[1], None, place))
        found.append(Paragraph(CorpusPassage(title, text), (title,) in supporting))
    return found


def _strings(found: object, count: int | None, where: str) -> tuple[str, ...]:
    """`found` as a list of texts, so many of them unless `count` is None."""
    if isinstance(found, list) and count in (None, len(found)):
        texts = tuple(text for text in found if isinstance(text, str))
        if len(texts) == len(found):
            return texts
    wanted = "texts" if count is None else f"{count} texts"
    raise DocumentError(
        where, "malformed list", f"expected a list of {wanted}, got {repr(found)[:60]}"
    )


def _squeezed(text: str) -> str:
    """Without white space, which splitting and cleaning may change."""
    return "".join(text.split())
