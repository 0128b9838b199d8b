"""Batches of one padded length, so that no pass is spent on padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

BUCKET = 16
"""Lengths are padded to a multiple of this. A text's padded length depends on the text
alone, so that its numbers do not depend on what else is in the batch."""


def padded_length(tokens: int, bucket: int = BUCKET) -> int:
    """The length rounded up to a multiple of `bucket`."""
    return -(-max(1, tokens) // bucket) * bucket


def length_buckets(
    lengths: Sequence[int], batch_size: int, bucket: int = BUCKET
) -> Iterator[list[int]]:
    """Indices in batches of one padded length, shortest first."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        full = len(batch) == batch_size
        length = padded_length(lengths[i], bucket)
        if batch and (full or length != padded_length(lengths[batch[0]], bucket)):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def token_buckets(
    lengths: Sequence[int], most_tokens: int, bucket: int = BUCKET
) -> Iterator[list[int]]:
    """Indices in batches of one padded length and at most `most_tokens` (or one text), shortest
    first."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        length = padded_length(lengths[i], bucket)
        full = (len(batch) + 1) * length > most_tokens
        if batch and (full or length != padded_length(lengths[batch[0]], bucket)):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
