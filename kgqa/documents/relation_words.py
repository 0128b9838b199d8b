"""Relation names of any style, put into words."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WIKIDATA_ID = re.compile(r"P[1-9]\d*")
_PREFIX = re.compile(r"[A-Za-z][\w-]*:(?=\w)")  # the `dbo:` of `dbo:birthPlace`
_LEVELS = re.compile(r"[/.]|__")
_LOWER_THEN_UPPER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JOINTS = re.compile(r"[\W_]+")
# Freebase: what stands at this level is true of every topic.
_EMPTY_LEVELS = (("common", "topic"),)
_LEVELS_OF_A_SCHEMA = 3  # domain, type, property


def relation_words(name: str, labels: Mapping[str, str] | None = None) -> str:
    """A relation's name in lower-case words, for people and for a language model.

    - a name that `labels` has becomes its label (`P57` -> "director");
    - an address or a prefixed name counts by its last part (`dbo:birthPlace`);
    - the levels of `film.actor.film`, `/people/person/gender` and `__film__film__genre`
      become words; a level whose words its neighbour also says is left out, and of
      more than three levels (Freebase's user domains) the last two count;
    - `directedBy`, `directed_by`, `DIRECTED_BY` and "directed by" are the same.

    >>> relation_words("/film/film/directed_by")
    'film directed by'
    """
    named = _local_name(name.strip())
    for spelling in (name, named):
        if labels is not None and spelling in labels:
            return labels[spelling]
    if _WIKIDATA_ID.fullmatch(named):
        return named
    if any(character.isspace() for character in named):
        return " ".join(named.replace("_", " ").lower().split()) or name.strip()
    # Freebase joins two properties over a node without a name, `/a/b/c./d/e/f`: of the
    # second, only the property tells something new.
    first, *others = (_levels(part) for part in named.split("./"))
    levels = [*first, *(level for other in others for level in other[-1:])]
    return " ".join(_without_echo(levels)) or name.strip()


def last_level(name: str) -> tuple[str, str]:
    """The last level of a name of several levels, in words and as it is spelled.

    >>> last_level("__location__location__people_born_here")
    ('people born here', 'people_born_here')
    """
    spelled = _LEVELS.split(_local_name(name.strip()))[-1]
    return (_words(spelled) or spelled.strip()), spelled.strip()


def _local_name(name: str) -> str:
    bare = name.removeprefix("<").removesuffix(">")
    if "://" in bare:
        return re.split(r"[/#]", bare.rstrip("/#"))[-1]
    return _PREFIX.sub("", bare, count=1)


def _levels(part: str) -> list[str]:
    levels = [words for level in _LEVELS.split(part) if (words := _words(level))]
    for empty in _EMPTY_LEVELS:
        if tuple(levels[: len(empty)]) == empty and len(levels) > len(empty):
            levels = levels[len(empty) :]
    if any(len(words) > 1 for words in levels):  # ConceptNet's `/r/IsA`
        levels = [words for words in levels if len(words) > 1]
    return levels[-2:] if len(levels) > _LEVELS_OF_A_SCHEMA else levels


def _words(level: str) -> str:
    parted = _LOWER_THEN_UPPER.sub(" ", level) if not level.isupper() else level
    words = " ".join(_JOINTS.sub(" ", parted).lower().split())
    return words.removesuffix(" s")  # Freebase's `position_s`


def _without_echo(levels: list[str]) -> list[str]:
    """Without levels that open the next one or repeat the one before, a plural's s aside."""
    kept: list[str] = []
    for words, following in zip(levels, [*levels, ""][1:], strict=True):
        singular = words.removesuffix("s")
        opens_next = f"{following} ".startswith((f"{words} ", f"{singular} "))
        repeats = bool(kept) and kept[-1].removesuffix("s") == singular
        if not opens_next and not repeats:
            kept.append(words)
    return kept
