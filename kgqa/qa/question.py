"""Text to a Question; light to import, so that a verb can refuse one before it loads models."""

from __future__ import annotations

from kgqa.errors import QuestionError
from kgqa.types import Question, digest_of


def question_of(text: str) -> Question:
    """The question, its id made from its text.

    Raises:
        QuestionError: the text is empty, or no Unicode text (half of a surrogate pair, which
            is what bytes that are not UTF-8 become on a command line).
    """
    check_question(text)
    return Question(digest_of(text)[:16], text)


def check_question(text: str) -> None:
    """Raises QuestionError as `question_of`."""
    if not text.strip():
        raise QuestionError(
            "expected a question, got an empty one; try `kgqa ask 'Where was Marie Curie born?'`"
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise QuestionError(
            "expected a question in UTF-8, got bytes that are not; set the terminal to UTF-8"
        )
