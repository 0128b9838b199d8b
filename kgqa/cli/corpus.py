"""The store that `kgqa evaluate multihop` measures on: one that holds the corpus."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kgqa.cli.ingest import rejection_lines
from kgqa.cli.progress import passages_bar
from kgqa.cli.stores import store_exists
from kgqa.errors import QuestionError

if TYPE_CHECKING:
    from kgqa.models import Models
    from kgqa.store.base import GraphStore
    from kgqa.types import Document, Rejection


@contextmanager
def corpus_store(arguments: argparse.Namespace, models: Models) -> Iterator[GraphStore]:
    """A store with the corpus in it.

    The one that `--store` names (the corpus is ingested where it is not there yet); else the
    settings' store if it holds the whole corpus already; else one that is gone afterwards,
    so that measuring puts nothing into a graph in use.

    Raises:
        QuestionError: the corpus has no document.
        StoreError: the store cannot be opened.
    """
    from kgqa.store.open import open_store

    sources = read_corpus(arguments.file, arguments.corpus, models.settings.max_document_bytes)
    url = models.settings.store
    with tempfile.TemporaryDirectory() as folder:
        if arguments.store is None and not _holds(url, sources):
            url = f"sqlite:///{folder}/corpus.db"
        with open_store(url) as store:
            _ingest(sources, store, models)
            yield store


def read_corpus(questions: Path, corpus: Path | None, max_bytes: int) -> list[Document | Rejection]:
    """The corpus file's documents; without one, the paragraphs that the questions bring.

    Raises:
        QuestionError: there is no document among them, or the questions cannot be read.
        DocumentError: the corpus cannot be read.
    """
    from kgqa.datasets.multihop import load_contexts
    from kgqa.documents.read import ReadOptions, read_documents
    from kgqa.types import Document

    sources: list[Document | Rejection]
    if corpus is not None:
        sources = list(read_documents([str(corpus)], ReadOptions(max_bytes=max_bytes)))
    else:
        name = questions.resolve().as_posix()
        sources = [
            Document.create(f"{name}#{n}:{paragraph.title}", paragraph.title, paragraph.text)
            for n, paragraph in enumerate(load_contexts(questions))
        ]
    if not any(isinstance(source, Document) for source in sources):
        reasons = "; ".join(rejection_lines([s for s in sources if not isinstance(s, Document)]))
        raise QuestionError(f"{corpus}: expected a corpus of documents, got none ({reasons})")
    return sources


def _holds(url: str, sources: Sequence[Document | Rejection]) -> bool:
    from kgqa.store.open import open_store
    from kgqa.types import Document

    if not store_exists(url):
        return False
    documents = [source for source in sources if isinstance(source, Document)]
    with open_store(url) as store:
        states = store.document_state([document.id for document in documents])
    return all(states.get(d.id, ("", ""))[0] == d.digest for d in documents)


def _ingest(sources: Sequence[Document | Rejection], store: GraphStore, models: Models) -> None:
    from kgqa.pipeline import ingest

    with passages_bar("ingest") as advance:
        report = ingest(sources, store, models, progress=advance)
    for line in rejection_lines(report.rejections):
        print(line, file=sys.stderr)
