"""XML read safely: no entities of its own, nothing fetched, trees of bounded depth and size."""

from __future__ import annotations

import html.entities
import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from kgqa.errors import DocumentError

# A long token is scanned again with each chunk.
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})""")
_NATIVE = ("utf-8", "utf8", "utf-16", "iso-8859-1", "us-ascii", "ascii")
_CHUNK = 1 << 20
_DEPTH, _ELEMENTS, _NAMES = 200, 1_000_000, 5_000


def root_of(content: bytes, source: str) -> str:
    """The local name of the outermost element.

    Raises:
        DocumentError: as `elements`.
    """
    reader = _Reader(source, None)
    return next((reader.root for _ in reader.read(content) if reader.root), reader.root)


def elements(content: bytes, source: str, name: str | None) -> Iterator[Element]:
    """The outermost elements of this local name, each as a tree; None is the whole file.

    Names of elements and attributes are without their namespace.

    Raises:
        DocumentError: `malformed file` where it is no XML, declares entities or nests deeper
            than 200 elements; `too large` where one element holds more than a million.
    """
    reader = _Reader(source, name)
    for _ in reader.read(content):
        yield from reader.taken()


def names_by_text(content: bytes, source: str) -> list[str]:
    """The elements below the root, those with most text in them (nested ones counted) first."""
    counter = _Reader(source, "")
    for _ in counter.read(content):
        pass
    # Of equals the outer one: it was seen first.
    return [name for name, _ in counter.characters.most_common() if name != counter.root]


class _Stop(Exception):
    """Carries what is wrong out of the parser's callbacks."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class _Reader:
    """Listens to the parser and builds the trees of the wanted elements."""

    def __init__(self, source: str, wanted: str | None) -> None:
        self.root = ""
        self.characters: Counter[str] = Counter()
        self._source = source
        self._wanted = wanted
        self._open: list[tuple[str, int]] = []  # (local name, characters before it)
        self._seen = 0
        self._builder: TreeBuilder | None = None
        self._depth = 0  # of the builder's open elements
        self._built = 0
        self._done: list[Element] = []

    def taken(self) -> list[Element]:
        """The trees that are complete; each is given once."""
        done, self._done = self._done, []
        return done

    def read(self, content: bytes) -> Iterator[None]:
        """Parse; yields after each chunk."""
        content, encoding = _parsable(content)
        parser = expat.ParserCreate(encoding)
        parser.buffer_text = True
        # Entities of a DTD that is never read (&eacute;) are passed over instead of an error.
        parser.UseForeignDTD(True)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = self._skipped
        parser.EntityDeclHandler = _refuse_entity
        try:
            for start in range(0, len(content), _CHUNK):
                parser.Parse(content[start : start + _CHUNK], False)
                yield
            parser.Parse(b"", True)
        except _Stop as stop:
            raise DocumentError(self._source, stop.reason, stop.detail) from stop
        except (expat.ExpatError, ValueError, LookupError) as error:
            # The last two: an encoding that Python has not, or not as one byte a character.
            raise DocumentError(
                self._source,
                "malformed file",
                f"expected XML, got: {error}; repair it, or name it .txt",
            ) from error
        yield

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        name = full.rsplit(":", 1)[-1]
        self.root = self.root or name
        self._open.append((name, self._seen))
        if len(self._open) > _DEPTH:
            raise _Stop(
                "malformed file",
                f"expected elements nested at most {_DEPTH} deep, got more; flatten it",
            )
        if self._builder is None and self._wanted in (None, name):
            self._builder, self._built = TreeBuilder(), 0
        if self._builder is not None:
            self._depth += 1
            self._built += 1
            if self._built > _ELEMENTS:
                raise _Stop(
                    "too large",
                    f"expected at most {_ELEMENTS} elements in a document, got more; name the "
                    "element of a smaller one (--xml-element NAME)",
                )
            local = {
                key.rsplit(":", 1)[-1]: value
                for key, value in attributes.items()
                if not key.startswith("xmlns")
            }
            self._builder.start(name, local)

    def _end(self, _: str) -> None:
        name, before = self._open.pop()
        if len(self.characters) < _NAMES or name in self.characters:
            self.characters[name] += self._seen - before
        if self._builder is not None:
            self._depth -= 1
            self._builder.end(name)
            if self._depth == 0:
                self._done.append(self._builder.close())
                self._builder = None

    def _text(self, text: str) -> None:
        self._seen += len(text) - text.count(" ") - text.count("\n")
        if self._builder is not None:
            self._builder.data(text)

    def _skipped(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            self._text(html.entities.html5.get(f"{name};", ""))


def _parsable(content: bytes) -> tuple[bytes, str | None]:
    """Content in an encoding that expat reads, and its name where the file names another."""
    declared = _DECLARED.match(content)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if name.replace("_", "-") in _NATIVE:
        return content, None
    try:
        return content.decode(name).encode(), "utf-8"
    except (LookupError, ValueError):
        return content, None  # the parser says what is wrong with it


def _refuse_entity(name: str, is_parameter: bool, value: str | None, *_: object) -> None:
    """One that a DTD elsewhere holds is never fetched, so it does no harm."""
    if is_parameter and value is None:
        return
    raise _Stop(
        "malformed file",
        f"expected XML without entities of its own, got a declaration of {name[:40]!r}; save it "
        "with them replaced (xmllint --noent)",
    )
