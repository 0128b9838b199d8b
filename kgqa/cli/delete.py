"""`kgqa delete`: a document, and exactly what only it supported."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json, printable
from kgqa.cli.stores import open_existing
from kgqa.errors import DocumentError

if TYPE_CHECKING:
    from kgqa.store.base import GraphStore
    from kgqa.types import Document

_PART_STARTS = ("#", ":")


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "delete", "remove a document and what only it supported", run)
    parser.add_argument(
        "document", metavar="DOCUMENT", help="its path, id, source, file name or title"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.link.resolve import resolve

    name = arguments.document
    if not name.strip():
        # Documents without a title would match.
        raise DocumentError("delete", "no document named", "give its path, id, source or title")
    settings = settings_of(arguments)
    with open_existing(settings.store, settings.ontology) as store:
        document = _the_one(name, documents_named(store, name))
        store.delete_document(document.id)
        resolve(store)
    if arguments.json:
        record = {"id": document.id, "source": document.source, "title": document.title}
        print_json({"deleted": [record]})
    else:
        print(f"deleted {printable(document.title)} ({printable(document.source)})")
    return 0


def documents_named(store: GraphStore, name: str) -> list[Document]:
    """Documents of an id or source; else of a path, as `kgqa ingest` takes it in the working
    folder, `#part` or `:line` behind it; else of a file name or title. A path to a file of many
    documents names them all."""
    found = store.find_documents(name)
    exact = [document for document in found if name in (document.id, document.source)]
    return exact or _read_from(store, name) or found


def _read_from(store: GraphStore, name: str) -> list[Document]:
    from kgqa.documents.paths import source_of

    if "\x00" in name:  # no path
        return []
    for path, part in _paths_and_parts(name):
        source = source_of(os.path.realpath(path)) + part
        exact = [found for found in store.find_documents(source) if found.source == source]
        if exact:
            return exact
    whole = source_of(os.path.realpath(name))
    # The store keeps no table of files: only what has the file's name can be of the file.
    return [
        found
        for found in store.find_documents(os.path.basename(whole))
        if found.source.startswith(tuple(whole + start for start in _PART_STARTS))
    ]


def _paths_and_parts(name: str) -> Iterator[tuple[str, str]]:
    """The name as a path, then each path in it that a part of a file may follow. A part may hold
    what a path may, and a path `#`."""
    yield name, ""
    for end, character in enumerate(name):
        if end and character in _PART_STARTS:
            yield name[:end], name[end:]


def _the_one(name: str, found: list[Document]) -> Document:
    if not found and os.path.isdir(name):
        raise DocumentError(
            name,
            "is a folder",
            "expected one document; name a file in it, or take away what is gone from it with "
            "`kgqa ingest --retire`",
        )
    if not found:
        raise DocumentError(
            name,
            "no such document",
            "expected the path of what was ingested, or an id, source, file name or title in the "
            "store",
        )
    if len(found) > 1:
        choices = ", ".join(f"{document.id} ({document.source})" for document in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise DocumentError(
            name, f"names {len(found)} documents", f"give one id of {choices}{more}"
        )
    return found[0]
