"""What a dialogue's earlier turns named, in the order in which a pronoun may mean it.

The order is centering's (Grosz, Joshi & Weinstein 1995): in a turn the answer comes before the
question's own names, but after them where it only said where or when.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Gender = Literal["he", "she", ""]


@dataclass(frozen=True, slots=True)
class Antecedent:
    """What a turn named.

    Attributes:
        type: a mention type of the ontology, empty where it is not known.
        gender: of a person, empty where it is not known.
    """

    name: str
    type: str
    gender: Gender = ""


@dataclass(frozen=True, slots=True)
class Named:
    """`question[start:end]` names the antecedent."""

    start: int
    end: int
    antecedent: Antecedent


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A question that stands alone, what it names in its order, and what its answer names."""

    question: str
    named: tuple[Named, ...] = ()
    answer: Antecedent | None = None

    @property
    def salient(self) -> tuple[Antecedent, ...]:
        """What a pronoun may mean, the likeliest first."""
        topics = tuple(dict.fromkeys(one.antecedent for one in self.named))
        answer = () if self.answer is None else (self.answer,)
        aside = re.match(r"(?:\w+\s+)?(?:where|when)\b", self.question, re.IGNORECASE)
        return (*topics, *answer) if aside else (*answer, *topics)
