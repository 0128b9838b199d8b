"""Files that are zip archives of XML: opened within bounds, damage told as such.

Nothing is unpacked before the sizes that the archive declares are within bounds, and nothing
unpacks to more than it declares. XML is parsed without entities, network or huge trees.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree  # type: ignore[import-untyped]

from kgqa.errors import DocumentError

MOST_ENTRIES = 5_000
MOST_BYTES = 120_000_000
"""What an archive may declare to unpack to, all together; a larger archive as much again."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Streams of a compound file, whose names are in UTF-16, and what it then is.
_OLE_KINDS = (
    ("WordDocument", "an old Word file (.doc)"),
    ("PowerPoint Document", "old PowerPoint slides (.ppt)"),
    ("Workbook", "an old Excel workbook (.xls)"),
    ("Book", "an old Excel workbook (.xls)"),
)
_ENCRYPTED_STREAM = "EncryptedPackage"
_ENCRYPTED_FLAG = 0x1
# All that these formats allow; others unpack without a bound.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What zipfile, zlib and lxml document, and what zipfile and the libraries for office files let
# through on damaged input: they look up names, numbers and attributes that are not there.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    etree.LxmlError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
_CORE = "docProps/core.xml"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_CORE_PROPERTIES = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_PROPERTIES = (
    ("title", f"{_DUBLIN_CORE}title"),
    ("author", f"{_DUBLIN_CORE}creator"),
    ("subject", f"{_DUBLIN_CORE}subject"),
    ("keywords", f"{_CORE_PROPERTIES}keywords"),
)
# What python-docx, python-pptx and their templates write where nobody wrote anything.
_DEFAULTS = frozenset(
    {"python-docx", "python-pptx", "Word Document", "PowerPoint Presentation", "Steve Canny"}
)


class Package:
    """The members of one archive, by name.

    Args:
        kind: what the file should be, for people.

    Raises:
        DocumentError: `malformed file`, `locked`, `too large` or `empty`.
    """

    def __init__(self, content: bytes, source: str, kind: str) -> None:
        self.source, self.kind = source, kind
        if content.startswith(_OLE):
            raise _compound_error(content, source, kind)
        if not content:
            raise DocumentError(source, "empty", f"expected {kind}, got no bytes; fetch it again")
        with damage_told(source, kind):
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        self._entries = {entry.filename: entry for entry in entries}
        if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
            raise self.malformed("members that are not compressed by deflate")
        if len(entries) > MOST_ENTRIES:
            raise self.too_large(f"at most {MOST_ENTRIES} members", str(len(entries)))
        most = MOST_BYTES + len(content)
        declared = sum(entry.file_size for entry in entries)
        if declared > most:
            raise self.too_large(f"at most {most} bytes unpacked", str(declared))
        if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
            raise DocumentError(
                source, "locked", f"expected {kind}, got encrypted members; save it unlocked"
            )

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def names(self) -> list[str]:
        """In the archive's order."""
        return list(self._entries)

    def read(self, name: str) -> bytes:
        """One member unpacked.

        Raises:
            DocumentError: `malformed file`; it is not there or damaged.
        """
        if name not in self._entries:
            raise self.malformed(f"no {name} in it")
        with damage_told(self.source, self.kind):
            return self._unpacked(self._entries[name])

    def xml(self, name: str) -> etree._Element:
        """The root element of one member.

        Raises:
            DocumentError: `malformed file`.
        """
        content = self.read(name)
        with damage_told(self.source, self.kind):
            return parse_xml(content)

    def check(self) -> None:
        """Unpack every member once, for a library that would do so without a bound.

        Raises:
            DocumentError: `malformed file`; one is damaged or larger than it declares.
        """
        with damage_told(self.source, self.kind):
            for entry in self._zip.infolist():
                self._unpacked(entry)

    def _unpacked(self, entry: zipfile.ZipInfo) -> bytes:
        # Asked for all there is, zipfile unpacks it all before it cuts it to the declared size.
        with self._zip.open(entry) as member:
            return member.read(entry.file_size + 1)

    def malformed(self, got: str) -> DocumentError:
        """The error for a file that is not what it should be."""
        return _malformed(self.source, self.kind, got)

    def too_large(self, expected: str, got: str) -> DocumentError:
        """The error for a file that is over a bound."""
        return DocumentError(
            self.source, "too large", f"expected {expected}, got {got}; split it and try again"
        )


@contextmanager
def damage_told(source: str, kind: str, *documented: type[Exception]) -> Iterator[None]:
    """What is raised inside on a damaged file becomes a DocumentError, `malformed file`.

    Args:
        documented: further exceptions, that a library says it raises.
    """
    try:
        yield
    except (*DAMAGE, *documented) as error:
        words = " ".join(str(error).split())[:200]
        raise _malformed(source, kind, f"{type(error).__name__}: {words}") from error


def parse_xml(content: bytes) -> etree._Element:
    """The root element of an XML document.

    Raises:
        lxml.etree.XMLSyntaxError: it is not well-formed, or nests too deep.
        ValueError: it declares entities of its own.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    root = etree.fromstring(content, parser)
    refuse_entities(root)
    return root


def refuse_entities(root: etree._Element) -> None:
    """Refuse a document with entities of its own, whose text could not be read in full.

    Raises:
        ValueError: it declares some.
    """
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise ValueError("it declares XML entities")


def written_properties(package: Package) -> tuple[tuple[str, str], ...]:
    """What a person wrote of an office document: title, author, subject, keywords, as cells."""
    if _CORE not in package:
        return ()
    root = package.xml(_CORE)
    found = ((label, " ".join((root.findtext(tag) or "").split())) for label, tag in _PROPERTIES)
    return tuple((label, value) for label, value in found if value and value not in _DEFAULTS)


def collapsed(text: str) -> str:
    """White space within a line as one space, line ends kept, no blank lines."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _malformed(source: str, kind: str, got: str) -> DocumentError:
    detail = f"expected {kind}, got {got}; repair it or export it again"
    return DocumentError(source, "malformed file", detail)


def _compound_error(content: bytes, source: str, kind: str) -> DocumentError:
    """A compound file holds an encrypted document or one of an old format."""
    if _ENCRYPTED_STREAM.encode("utf-16-le") in content:
        return DocumentError(
            source, "locked", f"expected {kind}, got one with a password; save it without"
        )
    for name, old in _OLE_KINDS:
        if name.encode("utf-16-le") in content:
            detail = f"expected {kind}, got {old} under another name; save it as {kind}"
            return DocumentError(source, "malformed file", detail)
    return _malformed(source, kind, "a compound file of another program")
