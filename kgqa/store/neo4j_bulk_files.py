"""The CSV files of `neo4j-admin database import full`: their headers, and values as it reads them.

Header rules: https://neo4j.com/docs/operations-manual/current/import/. The tool splits a list
at the array delimiter and knows no escape for it, so that it is a character that no text has:
U+FDD0, which Unicode reserves for a program's inner use.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from kgqa.errors import KgqaError

ARRAY_DELIMITER = "\ufdd0"
_BUFFER, _MARGIN = 4 << 20, 1 << 20
"""UTF-16 units that the tool's read buffer holds, unless it is told otherwise: no value may be
longer. Where one is, the buffer is asked to hold it and a margin."""

NODES: dict[str, str] = {
    "graph.csv": ":ID(Graph) :LABEL uid:long version:long assigned:long width:long name",
    "relations.csv": ":ID(Relation) :LABEL uid:long graph:long id type label",
    "documents.csv": ":ID(Document) :LABEL uid:long graph:long id source title text digest "
    "extractor source_key:long file_key:long title_key:long",
    "passages.csv": ":ID(Passage) :LABEL uid:long graph:long graph_word id start:long end:long "
    "text title_words words half:byte[] vector:double[] section page:long row:long",
    "clusters.csv": ":ID(Cluster) :LABEL uid:long id type name about:boolean names:string[] "
    "counts:long[] passages:long[] starts:long[] ends:long[] texts:string[] types:string[] "
    "scores:double[]",
    "surfaces.csv": ":ID(Surface) :LABEL key:long",
    "entities.csv": ":ID(Entity) :LABEL uid:long graph:long id type name key:long description "
    "given:boolean",
    "aliases.csv": ":ID(Alias) :LABEL uid:long name key:long mentions:long clusters:long "
    "given:boolean",
    "pending.csv": ":ID(Pending) :LABEL uid:long graph:long key touched:long",
}
RELATIONSHIPS: dict[str, str] = {
    "has_passage.csv": ":START_ID(Document) :TYPE :END_ID(Passage)",
    "has_cluster.csv": ":START_ID(Document) :TYPE :END_ID(Cluster)",
    "called.csv": ":START_ID(Cluster) :TYPE :END_ID(Surface)",
    "states.csv": ":START_ID(Cluster) :TYPE :END_ID(Cluster) relation passage:long start:long "
    "end:long score:double extractor",
    "names.csv": ":START_ID(Cluster) :TYPE :END_ID(Entity)",
    "mentions.csv": ":START_ID(Passage) :TYPE :END_ID(Entity) count:long about:long",
    "also_called.csv": ":START_ID(Entity) :TYPE :END_ID(Alias)",
    "triples.csv": ":START_ID(Entity) :TYPE :END_ID(Entity) p_id given:boolean support:long "
    "score:double passages:long[] starts:long[] ends:long[] scores:double[] extractors:string[]",
}
"""File -> the columns of its header. The properties are those that kgqa writes
(`kgqa.store.neo4j_ddl`), one column each."""
ARGUMENTS = "import.args"
"""The file with the tool's arguments:
`neo4j-admin database import full neo4j @FOLDER/import.args`."""


class BulkFiles:
    """All the files, open to be written row by row; closes them at the end of `with`.

    Args:
        drafts: the path of each file, by its name in NODES or RELATIONSHIPS.
    """

    def __init__(self, drafts: Mapping[str, Path]) -> None:
        self._drafts = drafts
        self._open = ExitStack()
        self._longest = 0
        self._rows: dict[str, Any] = {}
        self._properties: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        for name, header in (NODES | RELATIONSHIPS).items():
            columns = header.split()
            stream = self._open.enter_context(
                open(self._drafts[name], "w", encoding="utf-8", newline="")
            )
            csv.writer(stream, lineterminator="\n").writerow(columns)
            # Quoted, so that an empty text is one and not a missing property; the header not.
            self._rows[name] = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
            self._properties[name] = [c.split(":")[0] for c in columns if not c.startswith(":")]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def node(
        self, name: str, uid: int | str, labels: Sequence[str], properties: Mapping[str, Any]
    ) -> None:
        """One row of a file of NODES. Raises KgqaError when a listed text cannot be written."""
        self._row(name, [uid, ARRAY_DELIMITER.join(labels)], properties)

    def relationship(
        self,
        name: str,
        ends: tuple[int | str, int | str],
        kind: str,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """One row of a file of RELATIONSHIPS. Raises KgqaError as `node`."""
        self._row(name, [ends[0], kind, ends[1]], properties or {})

    def _row(self, name: str, first: list[object], properties: Mapping[str, Any]) -> None:
        values = [_value(properties.get(key, ())) for key in self._properties[name]]
        self._longest = max(self._longest, *map(_written_length, values), 0)
        self._rows[name].writerow([*first, *values])

    def arguments(self, folder: Path) -> str:
        """The content of ARGUMENTS for files that lie in `folder`, an argument a line."""
        nodes = [f"--nodes={folder / name}" for name in NODES]
        relationships = [f"--relationships={folder / name}" for name in RELATIONSHIPS]
        options = ["--id-type=string", "--multiline-fields=true", "--array-delimiter=U+FDD0"]
        if self._longest + _MARGIN > _BUFFER:
            options.append(f"--read-buffer-size={self._longest + _MARGIN}")
        return "".join(f"{_quoted(one)}\n" for one in (*nodes, *relationships, *options))


def _written_length(value: str) -> int:
    """UTF-16 units, with each quotation mark doubled; 0 for a value that fits anyway."""
    if 2 * len(value) + _MARGIN <= _BUFFER:
        return 0
    return len(value.encode("utf-16-le", "surrogatepass")) // 2 + value.count('"')


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case bytes():
            return _list(np.frombuffer(value, np.int8).tolist())
        case list() | tuple():
            return _list(value)
        case _:
            return str(value)


def _list(values: Sequence[object]) -> str:
    texts = [str(value) for value in values]
    for text in texts:
        if ARRAY_DELIMITER in text:
            raise KgqaError(
                f"export: expected names and mentions without the character U+FDD0, which "
                f"parts the lists in Neo4j's files, got {text[:60]!r}; take it out of the "
                "document and ingest it again, or move the graph with `kgqa copy`"
            )
    return ARRAY_DELIMITER.join(texts)


def _quoted(argument: str) -> str:
    """As picocli's argument files want it, which part arguments at blanks."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
