"""`kgqa ingest --list-formats`: which files are read, and what is missing to read the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from kgqa.cli.output import print_json


@dataclass(frozen=True, slots=True)
class ListedFormat:
    """A line of the list; `install` is the command that makes the format ready, "" if it is."""

    name: str
    suffixes: tuple[str, ...]
    description: str
    ready: bool = True
    install: str = ""


def listed_formats() -> Iterator[ListedFormat]:
    """All formats, in the order of the table; nothing but the table is loaded."""
    from kgqa.documents.formats import FORMATS

    for format in FORMATS:
        ready = format.installed
        install = "" if ready else f"pip install 'kgqa[{format.extra}]'"
        yield ListedFormat(format.name, format.suffixes, format.description, ready, install)
    yield ListedFormat("jsonl", (".jsonl", ".ndjson"), "JSON lines, a {title, text} each")
    yield ListedFormat("webarchive", (".warc", ".wet"), "web archives: their pages")
    yield ListedFormat("gzip", (".gz",), "any of these, compressed (.txt.gz)")


def print_formats(as_json: bool) -> int:
    """Print the list; the exit code."""
    formats = list(listed_formats())
    if as_json:
        print_json({"formats": [asdict(format) for format in formats]})
        return 0
    rows = [
        (f.name, " ".join(f.suffixes), f.description, "ready" if f.ready else f.install)
        for f in formats
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        print("  ".join((*cells, row[3])))
    return 0
