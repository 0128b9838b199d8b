"""Reading JSON that other people wrote: every error says where, what was expected, what came."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from kgqa.errors import DocumentError

Kind = TypeVar("Kind", str, int, list[Any])
_NAMES: dict[type, str] = {str: "text", int: "a whole number", list: "a list"}


def parse_json(text: str, source: str) -> object:
    """Raises DocumentError: `empty`, or `malformed JSON` with line and column."""
    if not text.strip():
        raise DocumentError(source, "empty", "expected JSON, got none; remove it or fill it")
    try:
        parsed: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(
            source,
            "malformed JSON",
            f"{error.msg} at line {error.lineno}, column {error.colno}; repair it "
            "(a file with one JSON value a line is named .jsonl)",
        ) from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(source, "malformed JSON", f"{error}; simplify it") from error
    return parsed


def field(record: object, name: str, kind: type[Kind], source: str) -> Kind:
    """The record's field `name`, of that kind. Raises DocumentError (`missing field`)."""
    if not isinstance(record, dict):
        came = f"got {type(record).__name__} in place of an object"
    elif name not in record:
        came = "the object has " + (", ".join(map(repr, list(record)[:8])) or "no field")
    else:
        found = record[name]
        if isinstance(found, kind) and not isinstance(found, bool):
            return found
        came = f"got {type(found).__name__}"
    raise DocumentError(
        source, "missing field", f"expected a field {name!r}, {_NAMES[kind]}; {came}"
    )
