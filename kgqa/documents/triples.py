"""Triple files to triples: `h|r|t` lines, tab-separated lines, or JSON lines."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kgqa.documents.build import rejection_of
from kgqa.documents.json_fields import field, parse_json
from kgqa.documents.relation_words import relation_words
from kgqa.errors import DocumentError
from kgqa.types import Rejection

__all__ = ["GivenTriple", "TripleSet", "load_triples", "read_triples", "relation_words"]

_SAMPLED_LINES = 100
_SHOWN = 80
# What the first line of a table may say in place of a triple.
_HEADERS = {("head", "relation", "tail"), ("subject", "predicate", "object"), ("h", "r", "t")}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_FORMS = "head|relation|tail, head<TAB>relation<TAB>tail, or JSON lines"


@dataclass(frozen=True, slots=True)
class GivenTriple:
    """A triple as a file names it: by names, none of them empty."""

    head: str
    relation: str
    tail: str


@dataclass(frozen=True, slots=True)
class TripleSet:
    """The triples of one file, each once, in its order, and the lines that are none."""

    triples: tuple[GivenTriple, ...]
    rejections: tuple[Rejection, ...]


def read_triples(path: Path) -> Iterator[GivenTriple | Rejection]:
    """Read a triple file in its order, line by line; `-` reads standard input.

    Three forms, recognised from the first lines: `head|relation|tail`,
    `head<TAB>relation<TAB>tail` (a first line of column titles is left out), and JSON
    lines, `{"head": .., "relation": .., "tail": ..}` or `[head, relation, tail]`. The
    encoding is UTF-8; white space around a name does not count; blank lines are left out.

    Yields:
        Triples, and a Rejection for each line that is none; its source is `path:line`.
        Reasons: "malformed triple", "malformed JSON", "missing field", "empty name",
        "unknown encoding", "binary".

    Raises:
        DocumentError: the file cannot be read, is empty or binary, or no form fits it.
    """
    source = str(path)
    try:
        if source == "-":
            yield from _read_lines(sys.stdin.buffer, source)
            return
        with path.open("rb") as stream:
            yield from _read_lines(stream, source)
    except FileNotFoundError as error:
        raise DocumentError(source, "no such file", f"expected a file of {_FORMS}") from error
    except OSError as error:
        raise DocumentError(source, "unreadable", f"{error.strerror}; check its path") from error


def load_triples(path: Path) -> TripleSet:
    """A whole file, for training and evaluation.

    Raises:
        DocumentError: as `read_triples`, or no line is a triple.
    """
    triples: dict[GivenTriple, None] = {}
    rejections = []
    for found in read_triples(path):
        if isinstance(found, Rejection):
            rejections.append(found)
        else:
            triples[found] = None
    if not triples:
        raise DocumentError(str(path), "no triples", f"expected {_FORMS}, every line was rejected")
    return TripleSet(tuple(triples), tuple(rejections))


def _read_lines(stream: BinaryIO, source: str) -> Iterator[GivenTriple | Rejection]:
    first = list(itertools.islice(stream, _SAMPLED_LINES))
    parse = _recognised(first, source)
    for number, content in enumerate(itertools.chain(first, stream), start=1):
        if not content.strip():
            continue
        place = f"{source}:{number}"
        try:
            parts = parse(_decoded(content, number == 1, place), place)
            if number > 1 or tuple(part.casefold() for part in parts) not in _HEADERS:
                yield _checked(parts, place)
        except DocumentError as error:
            yield rejection_of(error)


Parts = tuple[str, str, str]
Parse = Callable[[str, str], Parts]


def _recognised(lines: list[bytes], source: str) -> Parse:
    """The form that most of the first lines have."""
    if any(b"\x00" in line for line in lines):
        raise DocumentError(source, "binary", f"expected text of {_FORMS}, got NUL bytes")
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise DocumentError(source, "empty", f"expected {_FORMS}, got no line")
    counts = [sum(_fits(parse, line) for line in filled) for parse in _PARSERS]
    if not any(counts):
        came = filled[0].decode("utf-8", "replace").strip()[:_SHOWN]
        raise DocumentError(source, "no triples", f"expected {_FORMS}, got {came!r}")
    return _PARSERS[counts.index(max(counts))]


def _fits(parse: Parse, line: bytes) -> bool:
    try:
        parse(line.decode("utf-8-sig", "replace"), "")
    except DocumentError:
        return False
    return True


def _decoded(content: bytes, first: bool, place: str) -> str:
    try:
        return content.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            place,
            "unknown encoding",
            f"expected UTF-8, got byte 0x{content[error.start]:02x}; save the file as UTF-8",
        ) from error


def _checked(parts: Parts, place: str) -> GivenTriple:
    if not all(parts):
        raise DocumentError(
            place, "empty name", f"expected head, relation and tail, got {json.dumps(parts)}"
        )
    if any(_UNSTORABLE.search(part) for part in parts):
        raise DocumentError(
            place, "binary", "expected names of characters, got NUL or half a surrogate pair"
        )
    return GivenTriple(*parts)


def _parse_json(line: str, place: str) -> Parts:
    record = parse_json(line, place)
    if isinstance(record, list):
        if len(record) == 3 and all(isinstance(part, str) for part in record):
            return record[0].strip(), record[1].strip(), record[2].strip()
        raise _malformed(place, "a list of three texts", line)
    return (
        field(record, "head", str, place).strip(),
        field(record, "relation", str, place).strip(),
        field(record, "tail", str, place).strip(),
    )


def _parse_tabs(line: str, place: str) -> Parts:
    return _split(line, "\t", "head<TAB>relation<TAB>tail", place)


def _parse_bars(line: str, place: str) -> Parts:
    return _split(line, "|", "head|relation|tail", place)


def _split(line: str, separator: str, form: str, place: str) -> Parts:
    parts = line.rstrip("\r\n").split(separator)
    if len(parts) != 3:
        raise _malformed(place, form, line)
    return parts[0].strip(), parts[1].strip(), parts[2].strip()


def _malformed(place: str, expected: str, line: str) -> DocumentError:
    came = line.strip()[:_SHOWN]
    return DocumentError(place, "malformed triple", f"expected {expected}, got {came!r}")


_PARSERS: tuple[Parse, ...] = (_parse_json, _parse_tabs, _parse_bars)
