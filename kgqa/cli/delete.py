"""`kgqa delete`: a document, and exactly what only it supported."""

from __future__ import annotations

import argparse

from kgqa.cli.options import Commands, add_verb, settings_of
from kgqa.cli.output import print_json, printable
from kgqa.cli.stores import open_existing
from kgqa.errors import DocumentError


def add(commands: Commands) -> None:
    """The verb and its options."""
    parser = add_verb(commands, "delete", "remove a document and what only it supported", run)
    parser.add_argument("document", metavar="DOCUMENT", help="its id, source, file name or title")


def run(arguments: argparse.Namespace) -> int:
    """Carry the verb out; its exit code."""
    from kgqa.link.resolve import resolve

    name = arguments.document
    if not name.strip():
        # Documents without a title would match.
        raise DocumentError("delete", "no document named", "give its id, source, name or title")
    settings = settings_of(arguments)
    with open_existing(settings.store, settings.ontology) as store:
        found = store.find_documents(name)
        if not found:
            raise DocumentError(
                name, "no such document", "expected an id, source, file name or title in the store"
            )
        if len(found) > 1:
            choices = ", ".join(f"{document.id} ({document.source})" for document in found[:5])
            more = f" and {len(found) - 5} more" if len(found) > 5 else ""
            raise DocumentError(
                name, f"names {len(found)} documents", f"give one id of {choices}{more}"
            )
        document = found[0]
        store.delete_document(document.id)
        resolve(store)
    if arguments.json:
        record = {"id": document.id, "source": document.source, "title": document.title}
        print_json({"deleted": [record]})
    else:
        print(f"deleted {printable(document.title)} ({printable(document.source)})")
    return 0
