"""A comparison that a question asks for: the record between its parser and its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kgqa.qa.comparison_words import Rule
from kgqa.qa.question_paths import Hop

ValueKind = Literal["date", "year", "life", "country", "name", "number"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is asked of each of the two, and what is made of the two values.

    Attributes:
        rule: the thing with the least or the greatest value is the answer, or whether the two
            values are the same.
        kind: of the values; a `life` is the time from the first date asked for to the second.
        role: the step to who stands behind the thing; most have none.
        asked: the questions for the value, one, or two for a life.
        verdict: the answer is yes or no.
        constant: the value that both should have; None: any, if it is the same.
        asks_more: both must be more than that for a yes: "both American directors".
        names_role: the answer is who stands behind the thing: "Who is older, the director of
            A or the director of B?".
    """

    rule: Rule
    kind: ValueKind
    role: tuple[Hop, ...]
    asked: tuple[Hop, ...]
    verdict: bool = False
    constant: str | None = None
    asks_more: bool = False
    names_role: bool = False
