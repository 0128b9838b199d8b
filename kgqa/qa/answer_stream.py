"""An answer's text while a causal LM writes it, token by token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from kgqa.lm.causal import CausalLM
from kgqa.lm.decode import NextTokens
from kgqa.qa.prompting import NO_ANSWER
from kgqa.types import Answer

_UNFINISHED = "\ufffd"
"""What a character decodes to while some of its bytes are still to come."""


@dataclass(frozen=True, slots=True)
class WrittenText:
    """What the LM wrote; `log_probability` <= 0 is that of all its tokens, the end included."""

    text: str
    log_probability: float

    @property
    def abstains(self) -> bool:
        """Whether it says that there is no answer, or nothing."""
        return not self.text or _folded(self.text) == NO_ANSWER


@dataclass(slots=True)
class Writing:
    """A text as it grows."""

    ids: list[int] = field(default_factory=list)
    log_probability: float = 0.0
    ended: bool = False

    def text(self, lm: CausalLM) -> WrittenText:
        """What is written so far."""
        return WrittenText(lm.text(self.ids).strip(), self.log_probability)


def growing(steps: Iterable[NextTokens], count: int) -> Iterator[list[Writing]]:
    """The texts of a batch of `count` rows after each token; the same list each time."""
    texts = [Writing() for _ in range(count)]
    for step in steps:
        ids, ended = step.ids.tolist(), step.ended.tolist()
        for row, text in enumerate(texts):
            if text.ended:
                continue
            text.log_probability += float(step.log_probabilities[row])
            text.ended = ended[row]
            if not text.ended:
                text.ids.append(ids[row])
        yield texts


class AnswerStream(Iterator[str]):
    """An answer's text in pieces, which joined are `answer.text`; none when it abstains.

    Example:
        stream = generator.stream(question, passages)
        for piece in stream:
            print(piece, end="", flush=True)
        answer = stream.answer

    Args:
        states: the one text of a batch after each token.
        lm: for its tokenizer.
        answer_of: makes an Answer of what was written.
    """

    def __init__(
        self,
        states: Iterable[list[Writing]],
        lm: CausalLM,
        answer_of: Callable[[WrittenText], Answer],
    ) -> None:
        self._states, self._lm, self._answer_of = states, lm, answer_of
        self._answer: Answer | None = None
        self._pieces = self._write()

    def __next__(self) -> str:
        return next(self._pieces)

    @property
    def answer(self) -> Answer:
        """The whole answer; what is not written yet is written first."""
        for _ in self._pieces:
            pass
        assert self._answer is not None
        return self._answer

    def _write(self) -> Iterator[str]:
        shown, last = "", Writing()
        for (last,) in self._states:
            text = self._lm.text(last.ids).rstrip(_UNFINISHED).strip()
            if len(text) > len(shown) and not _may_abstain(text):
                yield text[len(shown) :]
                shown = text
        written = last.text(self._lm)
        if not written.abstains and written.text != shown:
            yield written.text[len(shown) :]
        self._answer = self._answer_of(written)


def _may_abstain(text: str) -> bool:
    """Whether the text is, or may yet become, NO_ANSWER, so that none of it can be shown."""
    return NO_ANSWER.startswith(text.casefold()) or _folded(text) == NO_ANSWER


def _folded(text: str) -> str:
    return text.casefold().rstrip(".!")
