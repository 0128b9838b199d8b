"""Checked reading of annotated files: every complaint names the place and the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kgqa.errors import DocumentError


def malformed(source: str, reason: str, detail: str) -> DocumentError:
    """The error for a file or record that is not as its format has it."""
    return DocumentError(source, reason, detail)


def read_text(path: Path) -> str:
    """The file as UTF-8 text.

    Raises:
        DocumentError: there is no such file, it is unreadable, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DocumentError(str(path), "no such file", "expected an annotated file") from error
    except OSError as error:
        raise DocumentError(str(path), "unreadable", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise DocumentError(
            str(path), "unknown encoding", f"expected UTF-8, byte {error.start} is not"
        ) from error


def _missing(where: str, name: str, kind: str, value: object) -> DocumentError:
    if value is None:
        return DocumentError(where, "missing field", f"expected {name}, {kind}")
    came = type(value).__name__
    return DocumentError(where, "malformed field", f"{name} is {came}, expected {kind}")


def mapping(value: object, where: str, name: str) -> Mapping[str, object]:
    """`value` as a JSON object. Raises DocumentError if it is none."""
    if not isinstance(value, Mapping):
        raise _missing(where, name, "a JSON object", value)
    return value


def sequence(value: object, where: str, name: str) -> Sequence[object]:
    """`value` as a JSON list. Raises DocumentError if it is none."""
    if not isinstance(value, list):
        raise _missing(where, name, "a JSON list", value)
    return value


def string(fields: Mapping[str, object], name: str, where: str) -> str:
    """A field that is a string. Raises DocumentError if it is none."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise _missing(where, name, "a string", value)
    return value


def integer(fields: Mapping[str, object], name: str, where: str) -> int:
    """A field that is a whole number. Raises DocumentError if it is none."""
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _missing(where, name, "a whole number", value)
    return value


def integers(value: object, where: str, name: str) -> list[int]:
    """`value` as a list of whole numbers. Raises DocumentError if it is none."""
    numbers = [n for n in sequence(value, where, name) if type(n) is int]
    if len(numbers) != len(sequence(value, where, name)):
        raise malformed(where, "malformed field", f"{name} is {value}, expected whole numbers")
    return numbers
