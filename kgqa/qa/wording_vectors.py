"""Embeddings of wordings, each made once.

The some 600 wordings that questions are compared with take over a second to embed, which every
new process would pay: they are kept in the user's cache folder. The parts of questions, in
which "X" stands for the name, come again from question to question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgqa.lm.cache_folder import cache_folder, remember
from kgqa.lm.encoder import Encoder

Floats = NDArray[np.float32]

_BUCKET = 4
"""Wordings are short: in buckets of 16 tokens half of a pass would be padding."""
_HELD = 10_000
"""Question parts whose vectors are held, 1.5 kB each."""
_NEAR = 0.02
"""How far a number of a kept vector may be from the same one made anew."""


class WordingVectors:
    """
    Args:
        encoder: makes the vectors; they are of unit length.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._held: dict[str, Floats] = {}

    def of(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Text -> its vector [width]; held between calls."""
        known = {text: self._held.pop(text) for text in set(texts) if text in self._held}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known |= zip(new, self._encoder.encode(new, _BUCKET), strict=True)
        self._held |= known
        for text in list(self._held)[: max(0, len(self._held) - _HELD)]:
            del self._held[text]
        return known

    def table(self, texts: Sequence[str]) -> Floats:
        """The vectors of a fixed list of texts, [len(texts), width], from the cache folder.

        What is kept is told apart by the backbone's weights, its precision and the texts; one
        vector is made anew and compared, so that a changed encoder is seen as well.
        """
        backbone = self._encoder.backbone
        name = hashlib.sha256(f"{backbone.digest} {backbone.dtype}".encode()).hexdigest()[:16]
        path = cache_folder() / f"wordings-{name}"
        digest = digest_of(texts)
        kept = _read(path, digest)
        if kept is not None and self._is_right(kept, texts):
            return kept
        made = self._encoder.encode(texts, _BUCKET)
        _write(path, digest, made)
        return made

    def _is_right(self, kept: Floats, texts: Sequence[str]) -> bool:
        if kept.shape != (len(texts), self._encoder.width) or kept.dtype != np.float32:
            return False
        first = self._encoder.encode(texts[:1], _BUCKET)
        return np.allclose(kept[:1], first, rtol=0, atol=_NEAR)


def digest_of(texts: Sequence[str]) -> str:
    """SHA-256 of the texts in their order, hex."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _read(path: Path, digest: str) -> Floats | None:
    """The kept vectors of these texts; None without, or from a broken file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as stored:
            if (stored.metadata() or {}).get("texts") != digest:
                return None
            vectors: Floats = stored.get_tensor("vectors")
            return vectors
    except (OSError, SafetensorError):
        return None


def _write(path: Path, digest: str, vectors: Floats) -> None:
    from safetensors.numpy import save

    remember(path, save({"vectors": vectors}, {"texts": digest}))
