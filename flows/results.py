"""A batch and the result of its extraction: its key, and when it may go."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.settings import get_current_settings

from kgqa.batches import Split
from kgqa.models import Models
from kgqa.types import digest_of


class Opaque:
    """Split documents, whole: Prefect and Dask look into every collection for futures."""

    __slots__ = ("documents",)

    def __init__(self, documents: Sequence[Split]) -> None:
        self.documents = documents


def batch_key(batch: Sequence[Split], models: Models) -> str:
    """Under which a batch's result is kept: the digests of documents, ontology and weights."""
    settings = models.settings
    how = (models.extractor_digest, models.ontology.digest, settings.backbone, settings.precision)
    parts = [part for document, _ in batch for part in (document.id, document.digest)]
    key = digest_of(*how, str(settings.passage_characters), *parts)
    return f"kgqa-{key}"


def forget(key: str) -> None:
    """Remove a result from local storage: from now on the store holds its documents."""
    (get_current_settings().results.local_storage_path / key).unlink(missing_ok=True)
