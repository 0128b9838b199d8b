"""What was extracted of a large document, kept on disk until the document is in the store.

An ingest that is stopped goes on behind the last part that was kept. A part is one file of plain
arrays (no pickle) in the user's cache folder, under a digest of all that decides it.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kgqa.extract.encoding import NO_PIECES
from kgqa.extract.reading import FoundMention, FoundRelation, PassageReading
from kgqa.lm.cache_folder import cache_folder
from kgqa.store.records import Vectors

logger = logging.getLogger(__name__)
_KEPT_SECONDS = 7 * 86400


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a document's windows and passages, read.

    Attributes:
        readings: of its windows.
        vectors: of its passages [n_passages, width].
    """

    readings: list[PassageReading]
    vectors: Vectors


class Journal:
    """The parts of one document that are done.

    Args:
        digest: of the document, the extractor and the encoder, and how the document is parted.
    """

    def __init__(self, digest: str) -> None:
        self._root = cache_folder() / "parts"
        self._folder = self._root / digest[:32]
        self._writable = True

    def load(self, number: int, texts: Sequence[str]) -> Part | None:
        """A part that was kept, None where it was not, or cannot be read.

        Args:
            texts: of its windows.
        """
        try:
            content = self._path(number).read_bytes()
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return _unpacked(dict(arrays), texts)
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
            return None

    def keep(self, number: int, part: Part) -> None:
        """Write a part, whole or not at all; where that cannot be, say so once and go on."""
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **_packed(part))
        path = self._path(number)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(f".{os.getpid()}")
            temporary.write_bytes(content.getvalue())
            os.replace(temporary, path)
        except OSError as error:
            if self._writable:
                logger.warning(
                    "%s: parts of a large document cannot be kept (%s); an ingest that is "
                    "stopped begins it again",
                    self._folder,
                    error.strerror,
                )
            self._writable = False

    def remove(self) -> None:
        """Forget this document's parts, and those of any that nobody went on with for a week."""
        shutil.rmtree(self._folder, ignore_errors=True)
        oldest = time.time() - _KEPT_SECONDS
        try:
            left = [folder for folder in self._root.iterdir() if folder.stat().st_mtime < oldest]
        except OSError:
            return
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.npz"


def _packed(part: Part) -> dict[str, NDArray[Any]]:
    readings = part.readings
    mentions = [(n, m) for n, reading in enumerate(readings) for m in reading.mentions]
    relations = [(n, r) for n, reading in enumerate(readings) for r in reading.relations]
    clusters = [c for reading in readings for c in reading.clusters]
    states = [reading.vectors for reading in readings if reading.vectors is not None]
    return {
        "windows": np.array([len(readings)]),
        "mentions": np.array(
            [(n, m.start, m.end, *m.words, m.type) for n, m in mentions], dtype=np.int64
        ).reshape(-1, 6),
        "mention_scores": np.array([m.score for _, m in mentions], dtype=np.float64),
        "clusters": np.array(clusters, dtype=np.int64),
        "states": torch.cat(states).float().numpy() if states else np.zeros((0, 0), np.float32),
        "relations": np.array(
            [(n, r.head, r.relation, r.tail, r.start, r.end) for n, r in relations],
            dtype=np.int64,
        ).reshape(-1, 6),
        "relation_scores": np.array([r.score for _, r in relations], dtype=np.float64),
        "vectors": part.vectors,
    }


def _unpacked(arrays: dict[str, NDArray[Any]], texts: Sequence[str]) -> Part:
    if int(arrays["windows"][0]) != len(texts):
        raise ValueError("another number of windows")
    readings = [PassageReading(text, NO_PIECES, None, None) for text in texts]
    rows = arrays["mentions"].tolist()
    for row, score in zip(rows, arrays["mention_scores"].tolist(), strict=True):
        window, start, end, first, last, kind = row
        found = FoundMention(start, end, (first, last), kind, score)
        readings[window].mentions.append(found)
    place = 0
    for reading in readings:
        following = place + len(reading.mentions)
        if reading.mentions:
            reading.clusters = arrays["clusters"][place:following].tolist()
            reading.vectors = torch.from_numpy(arrays["states"][place:following].copy())
        place = following
    relations = arrays["relations"].tolist()
    for row, score in zip(relations, arrays["relation_scores"].tolist(), strict=True):
        window, head, relation, tail, start, end = row
        readings[window].relations.append(FoundRelation(head, relation, tail, score, start, end))
    return Part(readings, arrays["vectors"])
