"""Hand-written lists of words beside this module, a line for each group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType


@cache
def word_groups() -> Mapping[str, tuple[str, ...]]:
    """Word -> words that exclude it, from `word_groups.txt`."""
    return _others("word_groups.txt", " ")


@cache
def same_words() -> Mapping[str, tuple[str, ...]]:
    """Word or phrase -> those that say the same, from `same_words.txt`."""
    return _others("same_words.txt", ", ")


def _others(file: str, separator: str) -> Mapping[str, tuple[str, ...]]:
    """Each member of a line -> the others of its lines."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines():
        members = [] if line.startswith("#") else line.split(separator)
        for member in members:
            found[member] += [other for other in members if other != member]
    return MappingProxyType({one: tuple(dict.fromkeys(others)) for one, others in found.items()})
