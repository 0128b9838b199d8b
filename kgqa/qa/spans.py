"""Where an answer's text stands in the passages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgqa.types import AnswerSpan, ScoredPassage


def spans_of(text: str, passages: Sequence[ScoredPassage]) -> tuple[AnswerSpan, ...]:
    """The first place in each passage that has the text as whole words; case and the kind of
    white space do not count."""
    words = r"\s+".join(map(re.escape, text.split()))
    if not words:
        return ()
    pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
    found = ((scored, pattern.search(scored.passage.text)) for scored in passages)
    return tuple(
        AnswerSpan(
            scored.passage.id,
            scored.source,
            scored.passage.start + match.start(),
            scored.passage.start + match.end(),
            match.group(),
        )
        for scored, match in found
        if match is not None
    )
