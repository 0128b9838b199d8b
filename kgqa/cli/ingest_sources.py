"""What `kgqa ingest` reads: how, and not the files that it writes itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgqa.cli.ingest_report import ReportFile
    from kgqa.config import Settings
    from kgqa.documents.read import ReadOptions
    from kgqa.types import Document, Rejection


def read_options(settings: Settings) -> ReadOptions:
    """How the settings have files read."""
    from kgqa.documents.read import ReadOptions

    return ReadOptions(settings.max_document_bytes, settings.xml_element, settings.language)


def own_files(store: str, page: ReportFile | None) -> set[str]:
    """The sources of files that kgqa itself writes: none of them is a document."""
    own = set() if page is None else {page.source}
    if store.startswith("sqlite:///"):
        from kgqa.documents.paths import source_of
        from kgqa.store.sqlite_file import path_of

        file = source_of(str(Path(path_of(store)).resolve()))
        own |= {file, f"{file}-wal", f"{file}-shm"}
    return own


def without(
    own: set[str], sources: Iterable[Document | Rejection]
) -> Iterator[Document | Rejection]:
    """All but what was read from kgqa's own files."""
    return (source for source in sources if source.source not in own)
