"""Which mentions of a document name the same thing: a pair scorer and its clustering.

Mentions are taken in text order; each joins the cluster of its best-scoring antecedent, or
starts one (mention ranking: Denis & Baldridge 2008). Pairs of different passages are scored
only where their names have a word or an acronym in common.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kgqa.names import name_key

PAIR_FEATURES = 8
_PROJECTION = 64


@dataclass(frozen=True, slots=True)
class Name:
    """A mention's surface form, prepared for comparison."""

    key: str
    words: frozenset[str]
    ordered: tuple[str, ...]
    acronym: str
    undotted: str
    type: int


def prepare(text: str, type_index: int) -> Name:
    """A mention as `pair_features` compares it; `type_index` is its row of the mention types."""
    key = name_key(text)
    ordered = tuple(word.strip(".,'\"") for word in key.replace("-", " ").split())
    capitals = "".join(word[0] for word in text.split() if word[:1].isupper())
    acronym = capitals.casefold() if len(capitals) > 1 else ""
    return Name(key, frozenset(ordered), ordered, acronym, key.replace(".", ""), type_index)


def pair_features(a: Name, b: Name) -> list[float]:
    """PAIR_FEATURES numbers in [0, 1]: how alike two names are written."""
    same_type = float(a.type == b.type)
    several = float(len(a.words) > 1 and len(b.words) > 1 and a.key != b.key)
    acronym = _is_acronym(a, b) or _is_acronym(b, a)
    shared = len(a.words & b.words)
    if not shared:  # most pairs
        return [0.0, same_type, 0.0, 0.0, 0.0, float(acronym), 0.0, several]
    return [
        float(a.key == b.key),
        same_type,
        float(a.words <= b.words or b.words <= a.words),
        float(a.ordered[-1:] == b.ordered[-1:]),
        float(a.ordered[:1] == b.ordered[:1]),
        float(acronym or _initials(a, b) or _initials(b, a)),
        shared / len(a.words | b.words),
        several,
    ]


def _is_acronym(short: Name, full: Name) -> bool:
    return len(full.words) > 1 and short.undotted == full.acronym


def _initials(short: Name, full: Name) -> bool:
    """ "M. Curie" for "Marie Curie"."""
    if len(short.ordered) != len(full.ordered) or short.ordered[-1:] != full.ordered[-1:]:
        return False
    pairs = zip(short.ordered[:-1], full.ordered[:-1], strict=True)
    return len(short.ordered) > 1 and all(
        x == y or (len(x) == 1 and y.startswith(x)) for x, y in pairs
    )


class CoreferenceHead(nn.Module):
    """Scores pairs of mentions from their states and how they are written."""

    def __init__(self, width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.project = nn.Linear(width, _PROJECTION)
        self.score = nn.Sequential(
            nn.Linear(3 * _PROJECTION + PAIR_FEATURES, 64),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(64, 1),
        )

    def forward(self, first: Tensor, second: Tensor, features: Tensor) -> Tensor:
        """
        Args:
            first, second: projected mention states [pairs, 64] (see `project`).
            features: [pairs, PAIR_FEATURES].

        Returns:
            Logits [pairs].
        """
        low, high = torch.minimum(first, second), torch.maximum(first, second)
        pair = torch.cat([low, high, first * second, features], dim=-1)
        return self.score(pair)[:, 0]  # type: ignore[no-any-return]


def candidate_pairs(
    names: Sequence[Name], passages: Sequence[int], most: int = 10_000
) -> Iterator[list[tuple[int, int]]]:
    """Pairs (i, j), i < j, worth scoring: all of one passage, others with a common word.

    They come by j, about `most` at a time with all of a j together, so that a long document's
    are never there at once.
    """
    by_passage: dict[int, list[int]] = defaultdict(list)
    by_word: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=_ANTECEDENTS))
    pairs: list[tuple[int, int]] = []
    for j, (name, passage) in enumerate(zip(names, passages, strict=True)):
        before = set(by_passage[passage])
        terms = {*name.words, name.acronym} - {""}
        for term in terms:
            before.update(by_word[term])
            by_word[term].append(j)
        by_passage[passage].append(j)
        pairs += [(i, j) for i in sorted(before)]
        if len(pairs) >= most:
            yield pairs
            pairs = []
    if pairs:
        yield pairs


_ANTECEDENTS = 20
"""Latest mentions of a word that are compared: keeps the work linear in a long document."""


def cluster_pairs(
    n: int, scored: Iterable[tuple[Sequence[tuple[int, int]], Sequence[float]]]
) -> list[int]:
    """Cluster number of each of n mentions; a pair joins where its logit is above 0.

    Args:
        scored: pairs and their logits, in any number of runs.
    """
    best: dict[int, tuple[float, int]] = {}
    for pairs, logits in scored:
        for (i, j), logit in zip(pairs, logits, strict=True):
            if logit > best.get(j, (0.0, 0))[0]:
                best[j] = (logit, i)
    clusters: list[int] = []
    fresh = 0
    for j in range(n):
        if j in best:
            clusters.append(clusters[best[j][1]])
        else:
            clusters.append(fresh)
            fresh += 1
    return clusters
