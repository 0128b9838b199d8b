r"""What LaTeX's macros stand for in text, and how many arguments those take that are no text."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SECTIONS = (
    "part",
    "chapter",
    "section",
    "subsection",
    "subsubsection",
    "paragraph",
    "subparagraph",
)
FRONT = {"title": "title", "author": "author", "date": "date", "keywords": "keywords"}
TEXTS = (
    "texorpdfstring",
    "footnote",
    "footnotetext",
    "caption",
    "captionof",
    "subtitle",
    "addsec",
    "addchap",
)
BREAKS = ("\\", "newline", "tabularnewline", "linebreak", "cr")
TABLES = _words("tabular tabular* tabularx tabulary longtable array supertabular xltabular tabu")
"""Environments whose cells are set apart by `&` and rows by a double backslash."""


_ARGUMENTS = {
    "{": "label ref eqref pageref autoref cref Cref nameref vref index bibliography input include "
    "bibliographystyle pagestyle thispagestyle hypersetup thanks nocite hyphenation lstset "
    "selectlanguage href hypertarget hyperlink hyperref cline vphantom hphantom phantom "
    "graphicspath pagenumbering theoremstyle usetikzlibrary addbibresource tag foreignlanguage "
    "subfile colorbox rowcolor cellcolor columncolor geometry setstretch linespread includeonly "
    "newcounter stepcounter refstepcounter newlength setcitestyle AtBeginDocument",
    "{{": "setlength addtolength setcounter addtocounter multicolumn markboth fontsize fcolorbox "
    "resizebox specialrule settowidth",
    "[": "footnotemark linebreak pagebreak nopagebreak nolinebreak printbibliography",
    "[{": "textcolor color includepdf captionsetup rotatebox setmainfont",
    "*{": "vspace hspace addvspace enlargethispage",
    "*[[{": "includegraphics cite citep citet citealt citealp citeauthor citeyear citeyearpar "
    "parencite textcite footcite autocite Citet Citep fullcite supercite",
    "[{[": "usepackage documentclass RequirePackage PassOptionsToPackage",
    "*{[[{": "newcommand renewcommand providecommand DeclareRobustCommand newcolumntype",
    "*{[[{{": "newenvironment renewenvironment",
    "*{[{[": "newtheorem",
    "*{{": "DeclareMathOperator",
    "{{{": "definecolor colorlet addcontentsline",
    "[{{": "rule",
    "{[{": "multirow",
    "{[[": "raisebox",
    "[[[{": "parbox",
    "[[": "makebox framebox",
    "{[": "scalebox",
}
SKIPPED = {name: spec for spec, names in _ARGUMENTS.items() for name in names.split()}
"""Macro to its arguments that are not read: `{` one in braces, `[` one in brackets, `*` a star."""

ENVIRONMENT_ARGUMENTS = {
    "tabular": "[{",
    "tabular*": "{[{",
    "tabularx": "{[{",
    "tabulary": "{[{",
    "xltabular": "{[{",
    "longtable": "[{",
    "supertabular": "{",
    "tabu": "{",
    "array": "[{",
    "minipage": "[[[{",
    "figure": "[",
    "figure*": "[",
    "table": "[",
    "table*": "[",
    "wrapfigure": "[{[{",
    "multicols": "{",
    "thebibliography": "{",
    "list": "{{",
    "enumerate": "[",
    "itemize": "[",
    "description": "[",
    "adjustbox": "{",
    "spacing": "{",
    "CSLReferences": "{{",
    "otherlanguage": "{",
}
SPACES = frozenset(" \n\t") | _words(
    ", ; : space quad qquad enspace thinspace nobreakspace enskip hfill hfil dotfill"
)
_BY_HAND = {
    "textbar": "|",
    "textless": "<",
    "textgreater": ">",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textbackslash": "\\",
    "textquotesingle": "'",
    "textquotedbl": '"',
    "slash": "/",
    "copyright": "\u00a9",
    "euro": "\u20ac",
    "pounds": "\u00a3",
    "S": "\u00a7",
    "P": "\u00b6",
    "today": "",
    "and": ", ",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "$": "$",
    "&": "&",
    "%": "%",
    "#": "#",
    "_": "_",
    "{": "{",
    "}": "}",
}
_SNIPPET_CHARACTERS = 1000


@cache
def _converter() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", strict_latex_spaces="macros")


@lru_cache(maxsize=4096)
def unicode_of(snippet: str) -> str:
    r"""The text of an accent (`\\"o`), or of mathematics in a line (`x \\le \\alpha`).

    Longer snippets, and those that pylatexenc cannot read, stay as they are.
    """
    if len(snippet) > _SNIPPET_CHARACTERS:
        return snippet
    from pylatexenc.latexwalker import LatexWalkerError

    try:
        return str(_converter().latex_to_text(snippet))
    except (LatexWalkerError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # pylatexenc documents the first; damaged arguments and deep groups leak the others.
        return snippet


@lru_cache(maxsize=4096)
def symbol(name: str) -> str:
    r"""What a macro without arguments stands for (`\\ss`, `\\dots`), "" where it is not known."""
    if name in _BY_HAND:
        return _BY_HAND[name]
    known = _converter().latex_context.get_macro_spec(name)
    text = known.simplify_repl if known is not None else ""
    return text if isinstance(text, str) and "%" not in text else ""
