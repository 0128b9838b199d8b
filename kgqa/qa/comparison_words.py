"""The words by which questions compare: `comparison_words.yaml` as patterns."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, Literal

from kgqa.qa.question_words import Followed, question_words

Rule = Literal["least", "greatest", "same"]

_NOUN = re.compile(r"(?:the ([a-z][a-z -]*) of \{x\}|\{x\}'s ([a-z][a-z -]*))")
_PHRASE = r"([a-z][a-z-]*(?: [a-z][a-z-]*){0,2})(?=\W*(?:$|\{a\})| (?:than|between|of|in)\b)"


class ComparisonWords:
    """The table; use `comparison_words()`.

    Attributes:
        lives: rule -> how it is put for how long somebody lived.
        dates: relation -> the words that ask for it; `participles` are those that may stand in
            "When was {x} ...?"; `ages` say it of anything, `bare` of what came first.
        same, same_thing: the words for a shared value; the noun for it in group 1.
        role: a noun for who stands behind a thing, in group 1; `role_of` has its relation.
        counts, sizes, adjectives: rule -> "has (won)? more (members)", "has the larger
            (population)", "is (higher)" ; `measured` has "high" for the last.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._orders: dict[Rule, re.Pattern[str]] = {
            "least": _any_of(content["earlier"]),
            "greatest": _any_of(content["later"]),
        }
        self.ages = frozenset(content["ages"])
        self.age_relations: Mapping[str, str] = content["age_relations"]
        self.bare = re.compile("|".join(content["bare"]))
        self.dates = {relation: _any_of(words) for relation, words in content["dates"].items()}
        self.participles = frozenset(content["participles"])
        self.lives: dict[Rule, re.Pattern[str]] = {
            rule: _any_of(words) for rule, words in content["lives"].items()
        }
        self.same = _any_of(content["same"])
        self.same_thing = re.compile(rf"{self.same.pattern} (?:a |the |same )*([a-z]+(?: label)?)")
        self.country = _any_of(content["country"]["words"])
        self.country_relations: Mapping[str, str] = content["country"]["relations"]
        self.placed = _any_of(content["country"]["places"])
        self.verbs: Mapping[str, str] = content["verbs"]
        self.by_same = re.compile(rf"\b({'|'.join(self.verbs)}) by\b")
        self.places: Mapping[str, str] = content["places"]
        self.place_verb = _any_of(self.places)
        self.place_words = frozenset(content["place_words"])
        self.place_relations: Mapping[str, str] = content["place_relations"]
        self.role_of = _roles(content["roles"])
        nouns = "|".join(sorted(map(re.escape, self.role_of), key=lambda noun: -len(noun)))
        self.role = re.compile(rf"(?<!same )\b({nouns})(?:s|\b)(?! or\b)")
        self.counts: dict[Rule, re.Pattern[str]] = {}
        self.sizes: dict[Rule, re.Pattern[str]] = {}
        self.adjectives: dict[Rule, re.Pattern[str]] = {}
        self.measured: dict[str, str] = {}
        for rule, words in content["numbers"].items():
            self._add_numbers(rule, words["counts"], words["sizes"])

    def order(self, rest: str) -> tuple[Rule, str] | None:
        """Which of two dates is asked for, and the word for it; the first such word counts."""
        found = [
            (match.start(), rule, match[0])
            for rule, pattern in self._orders.items()
            if (match := pattern.search(rest))
        ]
        return min(found)[1:] if found else None

    def relation_of(self, noun: str) -> Followed | None:
        """Of a noun such as "director" or "directors"."""
        return self.role_of.get(noun) or self.role_of.get(noun.removesuffix("s"))

    def _add_numbers(self, rule: Rule, counts: Iterable[str], sizes: Mapping[str, str]) -> None:
        has = r"\b(?:has|have|had) "
        count, size = _any_of(counts).pattern, _any_of(sizes).pattern
        self.counts[rule] = re.compile(rf"{has}(?:([a-z]+) )?(?:the )?{count} {_PHRASE}")
        self.sizes[rule] = re.compile(rf"{has}(?:an? |the )?{size} {_PHRASE}")
        self.adjectives[rule] = re.compile(
            rf"\b(?:is|was|are) (?:the )?({'|'.join(sizes)})(?: one)?\W*(?:$|\{{[ab]\}}|than\b)"
        )
        self.measured.update(sizes)


@functools.cache
def comparison_words() -> ComparisonWords:
    """The table, read once."""
    import yaml

    text = files("kgqa.qa").joinpath("comparison_words.yaml").read_text(encoding="utf-8")
    return ComparisonWords(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words or phrases, whole, the longest first."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")


def _roles(extra: Mapping[str, Iterable[str]]) -> dict[str, Followed]:
    """Noun -> relation: "director", from "the director of {x}"."""
    found: dict[str, Followed] = {}
    for wording in question_words().nouns:
        noun = _NOUN.fullmatch(wording.text)
        if noun and len(wording.path) == 1 and not wording.path[0].inverse:
            found.setdefault(noun[1] or noun[2], wording.path[0])
    for relation, nouns in extra.items():
        found.update({noun: Followed(relation) for noun in nouns})
    return found
