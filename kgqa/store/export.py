"""A whole graph as one file for other programs; works on any GraphStore."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from kgqa.errors import KgqaError
from kgqa.store.base import GraphStore
from kgqa.store.chunks import chunked
from kgqa.store.evidence_pages import supported_triples

_BATCH = 1_000
_DOCUMENT = ("id", "source", "title", "text", "digest")
_PLACE = ("section", "page", "row")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(
    store: GraphStore, path: Path, format_name: str | None = None, ontology: Path | None = None
) -> tuple[Path, ...]:
    """Write the graph in the format that the path's suffix names.

    - `.jsonl`: one record a line, `kind` says which: document, passage, entity, triple,
      evidence; passage and evidence with section ("" for none), page and row (null for none).
    - `.graphml`: entities and triples, through networkx. Characters that XML cannot hold
      become U+FFFD.
    - `.csv`: two files beside each other, `NAME.entities.csv` and `NAME.triples.csv`, with
      the headers of neo4j-admin's bulk import; `aliases` is a JSON list.

    `format_name` "neo4j-csv" takes the path for a folder, and writes the files of
    `neo4j-admin database import` into it (`kgqa.store.export_neo4j`);
    `ontology` names their relationship types, None takes the packaged one.

    Each file appears complete or not at all.

    Returns:
        The files written.

    Raises:
        KgqaError: the suffix is not one of these, the folder cannot be written to, or the
            store was written to meanwhile.
    """
    if format_name == "neo4j-csv":
        return _export_neo4j(store, path, ontology)
    parts = _FORMATS.get(path.suffix.lower())
    if parts is None:
        raise KgqaError(
            f"export to {str(path)!r}: expected a file name ending in "
            f"{', '.join(sorted(_FORMATS))}, got {repr(path.suffix) if path.suffix else 'none'}"
        )
    targets = {
        path if suffix == path.suffix.lower() else path.with_suffix(suffix): write
        for suffix, write in parts.items()
    }

    def write(drafts: Mapping[Path, Path]) -> None:
        for target, one in targets.items():
            one(store, drafts[target])

    return _write_all(store, tuple(targets), write, path)


def _export_neo4j(store: GraphStore, folder: Path, ontology: Path | None) -> tuple[Path, ...]:
    from kgqa.store.export_neo4j import FILES, make_folder, write_neo4j_files

    make_folder(folder)
    folder = folder.resolve()

    def write(drafts: Mapping[Path, Path]) -> None:
        named = {target.name: draft for target, draft in drafts.items()}
        write_neo4j_files(store, named, folder, ontology=ontology)

    return _write_all(store, tuple(folder / name for name in FILES), write, folder)


_Writer = Callable[[GraphStore, Path], None]


def _write_all(
    store: GraphStore,
    targets: Sequence[Path],
    write: Callable[[Mapping[Path, Path]], None],
    path: Path,
) -> tuple[Path, ...]:
    try:
        _write_complete(store, targets, write)
    except OSError as error:
        raise KgqaError(
            f"export to {str(path)!r}: cannot be written ({error.strerror}); expected an "
            "existing, writable folder with enough space"
        ) from error
    return tuple(targets)


def _write_complete(
    store: GraphStore, targets: Sequence[Path], write: Callable[[Mapping[Path, Path]], None]
) -> None:
    """Write drafts beside the targets, and rename them once all are complete."""
    drafts = {target: target.with_name(f".{target.name}.{os.getpid()}.part") for target in targets}
    version = store.version()
    try:
        write(drafts)
        if store.version() != version:
            raise KgqaError(
                "export: expected a store at rest, but it was written to meanwhile; "
                "run the export again"
            )
        for target, draft in drafts.items():
            os.replace(draft, target)
    finally:
        for draft in drafts.values():
            with suppress(FileNotFoundError, NotADirectoryError):  # in place, or never made
                draft.unlink()


def _write_jsonl(store: GraphStore, draft: Path) -> None:
    with _text_file(draft) as stream:
        for record in _records(store):
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def _records(store: GraphStore) -> Iterator[dict[str, object]]:
    for document in store.documents():
        # Its blocks, language and format are not kept by a store: an export says nothing of them.
        yield {"kind": "document", **{name: getattr(document, name) for name in _DOCUMENT}}
    for ids in chunked(store.passage_vectors()[0], _BATCH):
        for scored in store.passages(ids):
            yield {"kind": "passage", **asdict(scored.passage)}
    for entity in store.all_entities():
        yield {"kind": "entity", **asdict(entity)}
    for triple in store.all_triples():
        yield {"kind": "triple", **asdict(triple)}
    for triples in chunked(store.all_triples(), _BATCH):
        evidence = store.evidence_of(triples)
        stated = store.passages(list(dict.fromkeys(e.passage_id for e in evidence)))
        places = {s.passage.id: {n: getattr(s.passage, n) for n in _PLACE} for s in stated}
        for record in map(asdict, evidence):
            triple, place = record.pop("triple"), places.get(record["passage_id"], {})
            yield {"kind": "evidence", **triple, **record, **place}


def _write_graphml(store: GraphStore, draft: Path) -> None:
    import networkx

    graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for entity in store.all_entities():
        graph.add_node(
            _xml(entity.id),
            type=_xml(entity.type),
            name=_xml(entity.name),
            aliases=_xml(json.dumps(entity.aliases, ensure_ascii=False)),
            description=_xml(entity.description),
        )
    for number, (triple, evidence) in enumerate(supported_triples(store)):
        graph.add_edge(
            _xml(triple.head),
            _xml(triple.tail),
            key=f"t{number}",
            relation=_xml(triple.relation),
            support=len(evidence),
        )
    networkx.write_graphml(graph, draft)


def _write_entities(store: GraphStore, draft: Path) -> None:
    with _text_file(draft) as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["id:ID", ":LABEL", "name", "description", "aliases"])
        for e in store.all_entities():
            aliases = json.dumps(e.aliases, ensure_ascii=False)
            rows.writerow([e.id, e.type, e.name, e.description, aliases])


def _write_triples(store: GraphStore, draft: Path) -> None:
    with _text_file(draft) as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow([":START_ID", ":TYPE", ":END_ID", "support:int"])
        for triple, evidence in supported_triples(store):
            rows.writerow([triple.head, triple.relation, triple.tail, len(evidence)])


def _text_file(path: Path) -> TextIO:
    return open(path, "w", encoding="utf-8", newline="")


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


_FORMATS: dict[str, dict[str, _Writer]] = {
    ".jsonl": {".jsonl": _write_jsonl},
    ".graphml": {".graphml": _write_graphml},
    ".csv": {".entities.csv": _write_entities, ".triples.csv": _write_triples},
}
"""The suffix asked for -> the suffix of each file written -> what writes it."""
