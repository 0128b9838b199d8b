"""What a reader points at in one window, as an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kgqa.qa.calibration import Calibration
from kgqa.qa.model import NO, YES
from kgqa.qa.windows import Reading, Window

if TYPE_CHECKING:
    from kgqa.context.encoder import ContextOutput


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """The best answer of a reading.

    Attributes:
        kind: `span` of a text, `node` of the subgraph, `yes` or `no`.
        text: as the text has it; empty for a node.
        index: of the text, or of the node in its subgraph; -1 for yes and no.
        start, end: half-open characters of the text.
        margin: its logit over "no answer here".
        score: the calibrated probability in [0, 1] that it is right.
    """

    kind: Literal["span", "node", "yes", "no"]
    text: str
    index: int
    start: int
    end: int
    margin: float
    score: float


def pointed_answer(
    window: Window,
    reading: Reading,
    place: tuple[int, int],
    length: int,
    context: ContextOutput | None,
    margin: float,
    calibration: Calibration,
) -> ReadAnswer | None:
    """What two positions of a window stand for; None where that is no words.

    Args:
        reading: the window's.
        place: its first and last position.
        length: positions of the texts; those beyond are yes, no and the context's.
        context: of the window, a batch of one; its `nodes` tell which node is where.
    """
    score = calibration.score(margin)
    beyond = place[0] - length
    if beyond >= 0:
        if beyond <= NO:
            kind: Literal["yes", "no"] = "yes" if beyond == YES else "no"
            return ReadAnswer(kind, kind, -1, 0, 0, margin, score)
        node = -1 if context is None else int(context.nodes[0, beyond - NO - 1])
        return ReadAnswer("node", "", node, 0, 0, margin, score)
    (text, start, _), (last, _, end) = (window.places[place[0]], window.places[place[1]])
    if text < 0 or text != last:
        return None
    found = reading.texts[text].text[start:end]
    return ReadAnswer("span", found, text, start, end, margin, score) if found.strip() else None
