"""reStructuredText, with what Sphinx adds to it: docutils' tree as parts of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kgqa.documents.decode import decode
from kgqa.documents.formats.markup.restructured_lines import Lines
from kgqa.documents.formats.markup.restructured_nodes import Walk
from kgqa.documents.layout import lay_out
from kgqa.errors import DocumentError
from kgqa.types import Document

_LINE_CHARACTERS = 100_000
# docutils looks from each mark that may open emphasis to its paragraph's end.
_BLOCK_COST = 300_000_000
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_MARKS = re.compile(r"[*`|_:\[]")
_DATE = re.compile(r"^\.\.[ \t]+\|([^|\n]{1,200})\|[ \t]+date::", re.M)
_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "halt_level": 5,
    "report_level": 5,
    "line_length_limit": _LINE_CHARACTERS,
    "warning_stream": False,
    "smart_quotes": False,
    "_disable_config": True,
}


def read(content: bytes, source: str, stem: str) -> Iterator[Document]:
    """One Document; nothing that it includes is opened, and its errors are no text.

    Raises:
        DocumentError: as `decode` and `build_document`; `malformed file` where it nests too
            deep, `too large` where docutils would take minutes.
    """
    text = decode(content, source)
    _check_cost(text, source)
    try:
        document = _tree(text)
        lines = Lines(document.substitution_defs, document.substitution_names)
        walk = Walk(_tree, lines)
        walk.document(document)
    except RecursionError as error:
        raise DocumentError(
            source,
            "malformed file",
            "expected lists, quotes and directives nested a few dozen deep, got more; flatten "
            "them or name it .txt",
        ) from error
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        # docutils documents none; damaged tables and options of directives leak these.
        raise DocumentError(
            source,
            "malformed file",
            f"expected reStructuredText, got {type(error).__name__}: {str(error)[:100]}; repair "
            "it or name it .txt",
        ) from error
    yield lay_out(source, walk.parts, stem=stem, title=walk.title, format="rst")


def _tree(text: str) -> Any:
    """docutils' document of a text, no transform applied."""
    from docutils.frontend import get_default_settings
    from docutils.parsers.rst import Parser, roles
    from docutils.utils import new_document

    settings = get_default_settings(Parser)
    for name, value in _SETTINGS.items():
        setattr(settings, name, value)
    document = new_document("", settings)
    # A role that one document defines would be known in the next.
    known = dict(roles._roles)
    try:
        Parser().parse(text, document)
    finally:
        roles._roles.clear()
        roles._roles.update(known)
    for name in _DATE.findall(text):  # today's date is not the document's
        definition = document.substitution_defs.get(" ".join(name.split()))
        if definition is not None:
            definition.clear()
    return document


def _check_cost(text: str, source: str) -> None:
    longest = max(map(len, text.splitlines()), default=0)
    if longest > _LINE_CHARACTERS:
        raise DocumentError(
            source,
            "too large",
            f"expected lines of at most {_LINE_CHARACTERS} characters, got one of {longest}; "
            "wrap it or name it .txt",
        )
    for block in _EMPTY_LINE.split(text):
        marks = len(_MARKS.findall(block))
        if marks * len(block) > _BLOCK_COST:
            raise DocumentError(
                source,
                "too large",
                f"expected paragraphs of a few pages, got one of {len(block)} characters with "
                f"{marks} marks; part it by empty lines or name it .txt",
            )
