"""Follow-up questions put so that they stand alone: pronouns and ellipsis, by rule."""

from __future__ import annotations

from collections.abc import Sequence

from kgqa.qa.fragments import completed
from kgqa.qa.past_turns import Named, PastTurn
from kgqa.qa.pronouns import without_pronouns


def standing_alone(question: str, named: Sequence[Named], past: Sequence[PastTurn]) -> str:
    """The question with what it takes from the turns before written out.

    Args:
        named: what the question itself names, in its order.
        past: earlier turns, oldest first.

    Returns:
        The question as it came where it takes nothing, or where nothing fits.
    """
    if not past:
        return question
    text, places = without_pronouns(question, list(named), past)
    return completed(text, places, past[-1])
