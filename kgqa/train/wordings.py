"""Questions in words from paths of relations, in varied templates.

A wording is built from the topic outwards: each step wraps what stands so far ("[MASK]", then
"the director of [MASK]", then "the birthplace of the director of [MASK]").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from kgqa.context.graph import FORWARD
from kgqa.context.topics import MASK

# Common English for common relations, written by hand and not counted from a question set.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "spouse": ("wife", "husband", "partner", "married partner", "better half"),
    "parents": ("father", "mother", "dad", "mom", "parent"),
    "father": ("dad", "parent"),
    "mother": ("mom", "parent"),
    "children": ("child", "son", "daughter", "kid", "kids", "offspring", "heir"),
    "child": ("son", "daughter", "children", "kid", "offspring"),
    "sibling": ("brother", "sister", "siblings"),
    "place of birth": ("birthplace", "birth place", "hometown", "native place", "where born"),
    "place of death": ("death place", "deathplace", "where died", "place of decease"),
    "cause of death": ("death cause", "reason of death", "way of dying", "why died"),
    "nationality": ("country", "citizenship", "nation", "home country"),
    "country of citizenship": ("nationality", "country", "nation", "citizenship"),
    "profession": ("occupation", "job", "career", "work", "trade"),
    "occupation": ("profession", "job", "career", "work"),
    "religion": ("faith", "belief", "religious belief", "creed"),
    "gender": ("sex",),
    "sex or gender": ("gender", "sex"),
    "ethnicity": ("ethnic group", "race", "people", "ethnic origin"),
    "ethnic group": ("ethnicity", "race"),
    "institution": ("school", "university", "college", "organization"),
    "educated at": ("school", "university", "college", "alma mater"),
    "location": ("place", "site", "where", "position"),
    "employer": ("company", "workplace", "boss"),
    "author": ("writer", "creator"),
    "director": ("filmmaker", "film director"),
    "directed by": ("director", "filmmaker", "maker"),
    "written by": ("writer", "author", "screenwriter", "screenwriters"),
    "starred actors": ("actor", "star", "cast", "actress", "stars", "performers"),
    "cast member": ("actor", "actress", "star", "cast"),
    "has genre": ("genre", "type", "kind", "sort", "style"),
    "genre": ("type", "kind", "sort", "style"),
    "in language": ("language", "tongue", "spoken language"),
    "original language": ("language", "tongue"),
    "release year": ("year", "release date", "date", "when released", "when"),
    "publication date": ("release date", "year", "date of publication", "when"),
    "has tags": ("tag", "topic", "subject", "theme", "description", "about"),
    "capital": ("capital city", "main city"),
    "country": ("nation", "state", "land"),
    "population": ("number of people", "inhabitants"),
    "founded by": ("founder", "creator"),
    "date of birth": ("birthday", "birth date", "when born"),
    "date of death": ("death date", "when died"),
    "member of": ("group", "team", "membership"),
    "position held": ("office", "post", "position"),
    "performer": ("singer", "artist", "musician"),
    "composer": ("songwriter", "music writer"),
    "producer": ("maker",),
    "owned by": ("owner", "proprietor"),
    "part of": ("whole",),
}
_FORWARD = (
    "the {r} of {e}",
    "the {r} of {e}",
    "{e} 's {r}",
    "{e} 's {r}",
    "{r} of {e}",
    "{e} {r}",
    "the {r} that {e} has",
    "the {r} for {e}",
)
_BACKWARD = (
    "those whose {r} is {e}",
    "the ones whose {r} is {e}",
    "what has {e} as {r}",
    "the ones with {r} {e}",
    "everything that {e} is the {r} of",
    "what {e} is {r} of",
    "those with {e} as the {r}",
    "{r} {e}",
    "the ones {r} {e}",
)
_ASK = (
    "what is {e}",
    "what is {e}",
    "what are {e}",
    "who is {e}",
    "which is {e}",
    "{e}",
    "name {e}",
    "tell me {e}",
    "can you find {e}",
    "what was {e}",
    "who are {e}",
    "which ones are {e}",
    "find {e}",
    "what is {e} like",
    "who was {e}",
    "what are the names of {e}",
    "what is the name of {e}",
)
_WHICH = (
    "which {r} is {e}",
    "which {r} does {e} have",
    "what {r} is {e}",
    "what {r} does {e} have",
    "which {r} is {e} of",
    "what kind of {r} does {e} have",
)
_WHICH_SHARE = 0.15
_SHORT_SHARE = 0.6
_NEAR_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Step:
    """One relation of a path.

    Attributes:
        words: its name in words.
        direction: FORWARD or BACKWARD.
        short: the last level of its name, for a name of several levels, in words and as it
            is spelled ("born here", "born_here").
        asked: questions that people ask for it, with MASK for what they ask about.
        near: words that mean much the same.
    """

    words: str
    direction: int
    short: tuple[str, ...] = ()
    asked: Sequence[str] = ()
    near: Sequence[str] = ()


def wording(path: Sequence[Step], draw: Random, paraphrase: float = 0.4) -> str:
    """A question that asks for the end of the path from MASK.

    Args:
        paraphrase: how often a relation is said in other words, where some are known.
    """
    said = MASK
    for step in path[:-1]:
        said = _phrase(step, said, draw, paraphrase)
    last = path[-1]
    if last.asked and draw.random() < paraphrase:
        return draw.choice(last.asked).replace(MASK, said)
    if last.direction == FORWARD and draw.random() < _WHICH_SHARE:
        words = _said(last, draw, paraphrase)
        question = draw.choice(_WHICH).format(r=words, e=said)
    else:
        question = draw.choice(_ASK).format(e=_phrase(last, said, draw, paraphrase))
    return question + draw.choice((" ?", "", "?"))


def same_relation(words: str, label: str) -> bool:
    """Whether one is known as another word for the other's relation."""
    return words == label or words in _SYNONYMS.get(label, ())


def _phrase(step: Step, said: str, draw: Random, paraphrase: float) -> str:
    forms = _FORWARD if step.direction == FORWARD else _BACKWARD
    return draw.choice(forms).format(r=_said(step, draw, paraphrase), e=said)


def _said(step: Step, draw: Random, paraphrase: float) -> str:
    words = step.words
    if step.near and draw.random() < paraphrase * _NEAR_SHARE:
        return draw.choice(step.near)
    others = next((_SYNONYMS[w] for w in (words, *step.short) if w in _SYNONYMS), None)
    if others and draw.random() < paraphrase:
        return draw.choice(others)
    if step.short and draw.random() < _SHORT_SHARE:
        return draw.choice(step.short)
    shortened = words.removeprefix("has ").removeprefix("in ")
    parts = shortened.split()
    if len(parts) > 2 and draw.random() < 0.3:
        # Freebase's "film film genre": people say the end of it.
        return " ".join(parts[-draw.choice((1, 2)) :])
    return shortened
