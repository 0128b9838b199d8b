"""`kgqa ask`: an answer with its score, its triples, and its passages with the answer marked."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import place_record, place_text, print_json, printable
from kgqa.cli.stores import open_existing
from kgqa.cli.triples import NamedTriple, named_triples, triple_lines

if TYPE_CHECKING:
    from kgqa.store.base import GraphStore
    from kgqa.types import Answer, AnswerSpan, ScoredPassage

# Stand for the marks while text is wrapped; `printable` leaves neither in a text.
_OPEN, _CLOSE = "\x02", "\x03"
_UNMARKED = 2
_BOLD, _PLAIN = "\x1b[1;4m", "\x1b[0m"


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "ask", "answer a question from the graph", run)
    parser.add_argument("question", metavar="QUESTION", help="in plain words")
    parser.add_argument(
        "--stream",
        action="store_true",
        help="show the answer as the causal LM of the setting `lm` writes it; the extractive "
        "reader's comes whole. Not with --json, which prints one object",
    )
    parser.set_defaults(wrong_usage=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.qa.question import question_of

    if arguments.stream and arguments.json:
        arguments.wrong_usage("--stream: not allowed with --json; leave one of them out")
    question = question_of(arguments.question)
    settings = settings_of(arguments)
    with open_existing(settings.store) as store:
        # One question's tensors are small: threads that spin for each other take longer than the
        # work where other programs want the processor. Read when torch is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        # Only now what is slow to import: a wrong store is told at once.
        from kgqa.models import Models
        from kgqa.pipeline import ask

        models = Models(settings)
        with Written() as written:
            wrote = written.write if arguments.stream else None
            answer = ask(question, store, models, wrote=wrote)
        triples = named_triples(answer.triples, store, models.ontology)
        record = answer_record(answer, triples, store)
    if arguments.json:
        print_json(record)
    else:
        print(written.rest_of(answer_text(answer, triples, sys.stdout.isatty())))
    return 0


class Written:
    """An answer on standard output while it is written; a line that is broken off is ended.

    Example:
        with Written() as written:
            answer = ask(question, store, models, wrote=written.write)
        print(written.rest_of(answer_text(answer, [], terminal=False)))
    """

    def __init__(self) -> None:
        self._pieces, self._shown = "", ""

    def __enter__(self) -> Written:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._shown and not issubclass(kind, OSError):
            print(flush=True)

    def write(self, piece: str) -> None:
        """Show one more piece of the answer at once."""
        self._pieces += piece
        shown = printable(self._pieces)
        print(shown[len(self._shown) :], end="", flush=True)
        self._shown = shown

    def rest_of(self, text: str) -> str:
        """What is not shown yet of a text that begins with the answer."""
        return text.removeprefix(self._shown)


def answer_record(
    answer: Answer, triples: Sequence[NamedTriple], store: GraphStore
) -> dict[str, object]:
    """What `--json` prints. `evidence`: the answer's own spans, then those of its triples
    (`triple` names which)."""
    passages = {scored.passage.id: scored for scored in answer.passages}
    cited = [*(s.passage_id for s in answer.spans), *(e.passage_id for e in answer.evidence)]
    further = store.passages([name for name in dict.fromkeys(cited) if name not in passages])
    passages |= {scored.passage.id: scored for scored in further}
    return {
        "question_id": answer.question_id,
        "text": answer.text,
        "score": answer.score,
        "triples": [triple.to_json() for triple in triples],
        "evidence": [
            *(_span_record(span, passages) for span in answer.spans),
            *_triple_evidence(answer, passages),
        ],
        "passages": [_passage_record(scored) for scored in answer.passages],
    }


def _span_record(span: AnswerSpan, passages: Mapping[str, ScoredPassage]) -> dict[str, object]:
    scored = passages.get(span.passage_id)
    return {
        "document": span.document,
        "start": span.start,
        "end": span.end,
        "text": span.text,
        "passage": span.passage_id,
        "triple": None,
        **place_record(None if scored is None else scored.passage),
    }


def _triple_evidence(
    answer: Answer, passages: Mapping[str, ScoredPassage]
) -> list[dict[str, object]]:
    records: list[dict[str, object]] = []
    for evidence in answer.evidence:
        scored = passages.get(evidence.passage_id)
        if scored is None:
            continue
        offset, text = scored.passage.start, scored.passage.text
        triple = evidence.triple
        records.append(
            {
                "document": scored.source,
                "start": evidence.start,
                "end": evidence.end,
                "text": text[evidence.start - offset : evidence.end - offset],
                "passage": evidence.passage_id,
                "triple": [triple.head, triple.relation, triple.tail],
                **place_record(scored.passage),
            }
        )
    return records


def _passage_record(scored: ScoredPassage) -> dict[str, object]:
    passage = scored.passage
    return {
        "id": passage.id,
        "document": scored.source,
        "title": scored.title,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": scored.score,
        **place_record(passage),
    }


def answer_text(answer: Answer, triples: Sequence[NamedTriple], terminal: bool) -> str:
    """What a person reads; the answer is bold on a terminal, between « and » elsewhere."""
    if answer.text is None:
        return f"no answer found (score {answer.score:.2f})"
    lines = [f"{printable(answer.text)}  (score {answer.score:.2f})"]
    lines += ["", "triples", *triple_lines(triples)] if triples else []
    shown = {span.passage_id for span in answer.spans}
    # A verdict or an entity of the graph may stand in no passage: then those it was read in.
    shown |= set() if shown else {scored.passage.id for scored in answer.passages[:_UNMARKED]}
    for scored in answer.passages:
        spans = [span for span in answer.spans if span.passage_id == scored.passage.id]
        if scored.passage.id in shown:
            place = place_text(scored.source, scored.passage)
            lines += ["", f"{printable(scored.title)} ({place})"]
            lines.append(_shown(marked(scored, spans), terminal))
    return "\n".join(lines)


def marked(scored: ScoredPassage, spans: Sequence[AnswerSpan]) -> str:
    """The passage on one line, with marks around each span; overlapping ones are marked once."""
    text, offset = scored.passage.text, scored.passage.start
    pieces, done = [], 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        start, end = span.start - offset, span.end - offset
        if start < done:
            continue
        pieces += [_shielded(text[done:start]), _OPEN, printable(text[start:end]), _CLOSE]
        done = end
    return "".join([*pieces, _shielded(text[done:])])


def _shielded(text: str) -> str:
    """`printable`, but a space at either edge stays."""
    left = " " if text[:1].isspace() else ""
    right = " " if text.strip() and text[-1:].isspace() else ""
    return left + printable(text) + right


def _shown(text: str, terminal: bool) -> str:
    columns = min(shutil.get_terminal_size().columns, 100)
    wrapped = textwrap.fill(text, columns, initial_indent="  ", subsequent_indent="  ")
    left, right = (_BOLD, _PLAIN) if terminal else ("«", "»")
    return wrapped.replace(_OPEN, left).replace(_CLOSE, right)
