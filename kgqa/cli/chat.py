"""`kgqa chat`: ask, turn by turn; a follow-up question takes what it needs from earlier turns."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.cli.ask import Written, answer_record, answer_text
from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json, printable
from kgqa.cli.stores import open_existing
from kgqa.cli.triples import named_triples
from kgqa.errors import KgqaError

if TYPE_CHECKING:
    from kgqa.config import Settings
    from kgqa.qa.dialogue import Turn
    from kgqa.qa.graph_context import DialogueMemory
    from kgqa.store.base import GraphStore

_PROMPT = "? "
_COMMANDS = {
    "/why": "the triples and passages behind the last answer",
    "/forget": "start anew",
    "/help": "these lines",
    "/quit": "leave; so does Ctrl-D",
}
_HISTORY_LINES = 1000
_EPILOG = (
    "Pronouns and fragments ('Where was she born?', 'And her husband?', 'What about Pierre "
    "Curie?') are completed from the turns before; the completed question is shown in [brackets]. "
    "In the chat: "
    + "; ".join(f"{name} {what}" for name, what in _COMMANDS.items())
    + ". Without a terminal, standard input holds one question a line: each answer is one line on "
    "standard output, completed questions go to standard error, and the exit code is 1 if a "
    "question failed. With --json each turn is one JSON object on one line: that of `kgqa ask` "
    "with `said` and `question`."
)


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "chat", "ask, turn by turn", run)
    parser.epilog = _EPILOG


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    settings = settings_of(arguments)
    with open_existing(settings.store) as store:
        # As for `ask`: one question's tensors are small. Read when torch is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        return _Chat(store, settings, as_json=arguments.json).run()


class _Chat:
    """
    Args:
        as_json: one object a turn.
    """

    def __init__(self, store: GraphStore, settings: Settings, *, as_json: bool) -> None:
        from kgqa.models import Models
        from kgqa.qa.dialogue import Dialogue

        self._store, self._as_json = store, as_json
        self._models = Models(settings)
        self._retriever = self._models.retriever(store)
        self._dialogue = Dialogue(store)
        self._terminal = sys.stdin is not None and sys.stdin.isatty()
        self._code = 0

    def run(self) -> int:
        """All turns; the exit code."""
        if self._terminal:
            print("Ask a question; /help tells more, /quit leaves.", file=sys.stderr)
        for line in _lines(self._terminal):
            said = line.strip()
            if said == "/quit":
                break
            if said:
                self._turn(said)
        return 0 if self._terminal else self._code

    def _turn(self, said: str) -> None:
        try:
            if said.startswith("/"):
                self._command(said)
            else:
                self._ask(said)
        except KgqaError as error:
            self._failed(printable(str(error)))
        except KeyboardInterrupt:
            if not self._terminal:
                raise
            print("kgqa: interrupted", file=sys.stderr)

    @functools.cached_property
    def _memory(self) -> DialogueMemory | None:
        """For weights with a `memory` context encoder, which writes each turn into it."""
        subgraphs = (self._models.generator or self._models.reader).subgraphs
        if subgraphs is None or subgraphs.name != "memory":
            return None
        from kgqa.qa.graph_context import DialogueMemory  # brings torch

        return DialogueMemory()

    def _ask(self, said: str) -> None:
        from kgqa.pipeline import ask

        question = self._dialogue.resolve(said)
        if question.text != " ".join(said.split()) and not self._as_json:
            where = sys.stdout if self._terminal else sys.stderr
            print(f"[{printable(question.text)}]", file=where, flush=True)
        with Written() as written:
            answer = ask(
                question,
                self._store,
                self._models,
                self._retriever,
                memory=self._memory,
                wrote=None if self._as_json else written.write,
            )
        turn = self._dialogue.add(said, question, answer)
        if self._as_json:
            print_json(self._record(turn))
        else:
            first_line = answer_text(answer, (), terminal=False).partition("\n")[0]
            print(written.rest_of(first_line))
        sys.stdout.flush()

    def _record(self, turn: Turn) -> dict[str, object]:
        triples = named_triples(turn.answer.triples, self._store, self._models.ontology)
        record = answer_record(turn.answer, triples, self._store)
        return {"said": turn.said, "question": turn.question.text, **record}

    def _command(self, said: str) -> None:
        if said == "/forget":
            self._dialogue.forget()
            if self._memory is not None:
                self._memory.slots = None
            self._tell({"forgot": True}, "forgotten")
        elif said == "/help":
            lines = [f"{name:8} {what}" for name, what in _COMMANDS.items()]
            self._tell({"commands": _COMMANDS}, "\n".join(lines))
        elif said == "/why":
            self._why()
        else:
            known = ", ".join(_COMMANDS)
            raise KgqaError(f"expected a question or one of {known}, got {said.split()[0]!r}")

    def _why(self) -> None:
        if not self._dialogue.turns:
            raise KgqaError("/why: expected an answer before it, got none yet; ask a question")
        turn = self._dialogue.turns[-1]
        triples = named_triples(turn.answer.triples, self._store, self._models.ontology)
        text = answer_text(turn.answer, triples, sys.stdout.isatty())
        self._tell(self._record(turn), f"[{printable(turn.question.text)}]\n{text}")

    def _tell(self, record: dict[str, object], text: str) -> None:
        if self._as_json:
            print_json(record)
        else:
            print(text)
        sys.stdout.flush()

    def _failed(self, message: str) -> None:
        self._code = 1
        if self._as_json:
            print_json({"error": message})
            sys.stdout.flush()
        print(f"kgqa: error: {message}", file=sys.stderr)


def _lines(terminal: bool) -> Iterator[str]:
    """What is typed, line by line until Ctrl-D; Ctrl-C gives up a line that is being typed."""
    if not terminal:
        yield from sys.stdin or ()
        return
    with _History():
        while True:
            try:
                yield input(_PROMPT)
            except EOFError:
                print(file=sys.stderr)
                return
            except KeyboardInterrupt:
                print("\n(Ctrl-D or /quit leaves)", file=sys.stderr)


class _History:
    """Lines of earlier chats, kept in the user's state folder; nothing without readline."""

    def __enter__(self) -> None:
        try:
            import readline
        except ImportError:
            return
        readline.set_history_length(_HISTORY_LINES)
        # The first chat, or a file of another readline.
        with contextlib.suppress(OSError):
            readline.read_history_file(history_file())

    def __exit__(self, *_: object) -> None:
        try:
            import readline

            path = history_file()
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            readline.write_history_file(path)
        except (ImportError, OSError) as error:
            print(f"kgqa: the chat's history is not kept: {error}", file=sys.stderr)


def history_file() -> Path:
    """Under `XDG_STATE_HOME`, by default `~/.local/state`."""
    state = os.environ.get("XDG_STATE_HOME") or ""
    home = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return home / "kgqa" / "chat_history"
