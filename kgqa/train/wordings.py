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
)


@dataclass(frozen=True, slots=True)
class Step:
    """One relation of a path, by its words; `direction` FORWARD or BACKWARD."""

    words: str
    direction: int


def wording(path: Sequence[Step], draw: Random, paraphrase: float = 0.4) -> str:
    """A question that asks for the end of the path from MASK.

    Args:
        paraphrase: how often a relation is said in other words, where some are known.
    """
    said = MASK
    for step in path:
        words = _said(step.words, draw, paraphrase)
        forms = _FORWARD if step.direction == FORWARD else _BACKWARD
        said = draw.choice(forms).format(r=words, e=said)
    question = draw.choice(_ASK).format(e=said)
    return question + draw.choice((" ?", "", "?"))


def _said(words: str, draw: Random, paraphrase: float) -> str:
    others = _SYNONYMS.get(words)
    if others and draw.random() < paraphrase:
        return draw.choice(others)
    shortened = words.removeprefix("has ").removeprefix("in ")
    parts = shortened.split()
    if len(parts) > 2 and draw.random() < 0.3:
        # Freebase's "film film genre": people say the end of it.
        return " ".join(parts[-draw.choice((1, 2)) :])
    return shortened
