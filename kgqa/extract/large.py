"""A large document, part by part: bounded memory, and nothing lost when it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kgqa.extract.journal import Journal, Part
from kgqa.extract.windows import ExtractionWindow, extraction_windows
from kgqa.lm.allocator import give_back
from kgqa.lm.encoder import Encoder
from kgqa.store.records import Vectors
from kgqa.types import Document, Extraction, Passage, digest_of

if TYPE_CHECKING:
    from kgqa.extract.extractor import Extractor

PART_PASSAGES = 320
"""Passages of a part; a document with more is extracted in parts."""


def extract_large(
    document: Document,
    passages: tuple[Passage, ...],
    extractor: Extractor,
    encoder: Encoder,
    texts: Sequence[str],
    progress: Callable[[int], None] | None = None,
) -> tuple[Extraction, Vectors, Journal]:
    """What a document states, and its passages' vectors [n_passages, width].

    Args:
        texts: what of each passage the encoder reads.
        progress: called with the number of passages done since the last call.

    Returns:
        Beside both the journal, to be removed once the document is stored.
    """
    runs = list(_runs(passages))
    journal = Journal(
        digest_of(
            document.digest,
            extractor.digest,
            encoder.backbone.digest,
            str(encoder.backbone.dtype),
            *(f"{len(run)}:{run[0].start}:{run[-1].end}" for run in runs),
        )
    )
    windows: list[ExtractionWindow] = []
    parts: list[Part] = []
    first = 0
    for number, run in enumerate(runs):
        own = extraction_windows(document, run)
        part = journal.load(number, [window.text for window in own])
        if part is None:
            readings = extractor.read([window.text for window in own])
            give_back()
            part = Part(readings, encoder.encode(texts[first : first + len(run)]))
            journal.keep(number, part)
            give_back()
        windows += own
        parts.append(part)
        first += len(run)
        if progress is not None:
            progress(len(run))
    read = [reading for part in parts for reading in part.readings]
    assembled = extractor.assembler.assemble(document, passages, windows, read)
    (extraction,) = extractor.verified([assembled])
    return extraction, np.concatenate([part.vectors for part in parts]), journal


def _runs(passages: tuple[Passage, ...]) -> Iterator[tuple[Passage, ...]]:
    for first in range(0, len(passages), PART_PASSAGES):
        yield passages[first : first + PART_PASSAGES]
