"""The table of file formats: which suffixes, which reader, which extra of the package.

A reader is `read(content, source, stem)`: the file's bytes, the source that its document gets
(parts of a file get `source#part`), the file's name without suffix. It yields Documents, and
Rejections for parts, and raises DocumentError for the whole. It is imported when first needed.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection

Read = Callable[[bytes, str, str], Iterator[Document | Rejection]]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    Attributes:
        name: what `Document.format` and reports call it.
        suffixes: lower case, with the dot.
        module: below `kgqa.documents.formats`, with a function `read`.
        description: a few words for people.
        extra: the extra of the package that brings its library, "" where none is needed.
        library: the module that must be there to read it.
        isolated: read in a process of its own, as damaged files may crash or stall its library.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    description: str
    extra: str = ""
    library: str = ""
    isolated: bool = False

    @property
    def installed(self) -> bool:
        """Whether its library is there."""
        return not self.library or importlib.util.find_spec(self.library) is not None

    def reader(self, source: str) -> Read:
        """The module's `read`.

        Raises:
            DocumentError: `reader not installed`, with the extra that brings it.
        """
        if not self.installed:
            raise DocumentError(
                source,
                "reader not installed",
                f"expected the Python package {self.library} for {self.suffixes[0]} files; "
                f"install it: pip install 'kgqa[{self.extra}]'",
            )
        read: Read = importlib.import_module(f"kgqa.documents.formats.{self.module}").read
        return read


FORMATS: tuple[Format, ...] = (
    Format("text", (".txt", ".text"), "plain", "plain text"),
    Format("markdown", (".md", ".markdown"), "markdown", "Markdown, with front matter"),
    Format("html", (".html", ".htm", ".xhtml"), "web.webpage", "web pages: their main text"),
    Format("pdf", (".pdf",), "pdf.reader", "PDF with text", "pdf", "pypdfium2", True),
    Format("docx", (".docx",), "office.word", "Word documents", "office", "docx", True),
    Format("pptx", (".pptx",), "office.slides", "PowerPoint slides", "office", "pptx", True),
    Format("odt", (".odt",), "office.opendocument", "OpenDocument text", isolated=True),
    Format(
        "xlsx", (".xlsx",), "office.workbook", "Excel workbooks", "office", "python_calamine", True
    ),
    Format("epub", (".epub",), "epub", "electronic books", isolated=True),
    Format("csv", (".csv", ".tsv"), "separated", "tables with commas, semicolons or tabs"),
    Format("email", (".eml", ".mbox"), "mail", "e-mails and mailboxes"),
    Format("rst", (".rst",), "markup.restructured", "reStructuredText", "markup", "docutils", True),
    Format("org", (".org",), "markup.org", "Org mode", "markup", "orgparse"),
    Format(
        "tex", (".tex",), "markup.tex", "LaTeX, without its macros", "markup", "pylatexenc", True
    ),
    Format("subtitles", (".srt", ".vtt"), "subtitles", "subtitles", "markup", "webvtt"),
    Format("xml", (".xml",), "xml", "XML: the text of the element that is named"),
    Format("json", (".json",), "json_documents", "SQuAD JSON, or a list of {title, text}"),
)
"""Formats that are read whole; JSON lines and web archives are streams, see `documents.read`."""
