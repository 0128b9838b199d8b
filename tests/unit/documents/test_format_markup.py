"""reStructuredText, Org and LaTeX: one source through pandoc, and what each adds of its own."""

# Quotes and dashes are what these files are about.
# ruff: noqa: RUF001
from __future__ import annotations

import importlib
import json
from itertools import pairwise
from pathlib import Path

import pytest

from kgqa.documents.read import read_documents
from kgqa.errors import DocumentError
from kgqa.types import Document

TEXT = Path(__file__).parents[2] / "documents" / "text"
_SOURCE = json.loads((TEXT / "orbit.json").read_text())
NOTE, ORBIT = tuple(_SOURCE["note"]), [tuple(block) for block in _SOURCE["blocks"]]


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def one(module: str, text: str) -> Document:
    read = importlib.import_module(f"kgqa.documents.formats.markup.{module}").read
    (document,) = read(text.encode(), f"/x/note.{module}", "note")
    assert isinstance(document, Document)
    return document


@pytest.mark.parametrize("suffix", ["rst", "org", "tex"])
def test_what_pandoc_wrote_is_read_as_it_was(suffix: str) -> None:
    (document,) = read_documents([str(TEXT / f"orbit.{suffix}")])
    assert isinstance(document, Document)
    assert (document.title, document.format) == ("Orbit Bank and its founders", suffix)
    found = blocks(document)
    front = {("heading", document.title), ("front_matter", "author: Lena Hart\ndate: 2023-04-05")}
    assert set(found[:2]) == front
    assert NOTE in found
    # Org's exporter writes straight quotation marks.
    text = [(kind, text.replace('"Haus am Rhein"', "“Haus am Rhein”")) for kind, text in found[2:]]
    assert [block for block in text if block != NOTE] == ORBIT
    sections = {document.text[b.start : b.end]: b.section for b in document.blocks}
    assert sections["two"] == "Founding > Staff of the bank"


SPHINX = """
Orbit
=====

.. a comment
.. |bank| replace:: **Orbit** Bank
.. |now| date::
.. contents:: Contents

|bank| moved to Ulm; see :ref:`the rules <rules>`, :func:`~os.walk` and `a page <x.html>`_ [#n]_.
It is |unknown|.

.. note:: Take *care*.

.. versionadded:: 3.2
   It was added by Rita Sand.

.. glossary::

   Bank
      A house of money.

.. toctree::
   :maxdepth: 2

   intro

.. code-block:: python
   :emphasize-lines: 2

   print(1)
     x = 2

.. list-table:: Staff
   :header-rows: 1

   * - Name
     - City
   * - Rita
     - Ulm

.. include:: {secret}
.. raw:: html

   <b>raw</b>

.. py:function:: f(x)

   Says what it does.

.. [#n] A footnote.
"""


def test_what_sphinx_adds_is_read_as_text_and_nothing_is_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    document = one("restructured", SPHINX.format(secret=tmp_path / "secret.txt"))
    assert document.title == "Orbit"
    assert blocks(document) == [
        ("heading", "Orbit"),
        (
            "prose",
            "Orbit Bank moved to Ulm; see the rules, walk and a page . It is unknown.",
        ),
        ("prose", "Take care."),
        ("prose", "3.2 It was added by Rita Sand."),
        ("list_item", "Bank: A house of money."),
        ("code", "print(1)\n  x = 2"),
        ("prose", "Staff"),
        ("table_row", "Name: Rita; City: Ulm"),
        ("prose", "Says what it does."),
        ("footnote", "A footnote."),
    ]


def test_several_sections_on_top_give_no_title() -> None:
    for module, text in (
        ("restructured", "First\n=====\n\nOne.\n\nSecond\n======\n\nTwo.\n"),
        ("org", "* First\nOne.\n* Second\nTwo.\n"),
        ("tex", "\\section{First} One. \\section{Second} Two."),
    ):
        document = one(module, text)
        assert (document.title, document.title_origin) == ("note", "file")
        sections = [block.section for block in document.blocks]
        assert sections == ["First", "First", "Second", "Second"]


def test_a_role_of_one_document_is_not_known_in_the_next() -> None:
    text = "See :ref:`the rules <rules>`."
    one("restructured", f".. role:: ref(emphasis)\n\n{text}\n")
    assert blocks(one("restructured", text)) == [("prose", "See the rules.")]


def test_substitutions_of_substitutions_stay_small() -> None:
    names = "abcdefghijklmnopqrst"
    steps = [
        f".. |{name}| replace:: |{after}| |{after}| |{after}| x" for name, after in pairwise(names)
    ]
    document = one("restructured", "\n".join(steps) + "\n\n|a|\n")
    assert len(document.text) < 5_000_000


ORG = r"""#+TITLE: Orbit
#+AUTHOR: Lena Hart
#+DATE: <2023-04-05 Wed>
#+OPTIONS: toc:nil
#+TODO: NEXT | CANCELLED
* TODO [#A] Founding [1/2]        :work:bank:
SCHEDULED: <2023-04-05 Wed>
:PROPERTIES:
:ID: 123
:END:
The *Orbit* Bank /was/ founded by [[https://x.org/a][Rita Sand]] in =a_b= [fn:1] on
[2023-04-05 Wed]; see [[https://x.org]], a*b*c and \alpha.\\
A new line[fn:: written here].
- [X] one
  goes on
  - nested
- Term :: its meaning
** NEXT Second
| Name | City |
|------+------|
| Rita | Ulm  |
#+TBLFM: $1=2
: kept  as it is
#+BEGIN_QUOTE
Quoted
words.
#+END_QUOTE
# a comment
* COMMENT hidden
Not read.
** below
Not read.
* Footnotes
[fn:1] The note.
"""


def test_org_leaves_out_what_is_planned_and_hidden() -> None:
    document = one("org", ORG)
    assert document.title == "Orbit"
    assert blocks(document) == [
        ("heading", "Orbit"),
        ("front_matter", "author: Lena Hart\ndate: 2023-04-05"),
        ("heading", "Founding"),
        (
            "prose",
            "The Orbit Bank was founded by Rita Sand in a_b on 2023-04-05 Wed; see "
            "https://x.org, a*b*c and α.\nA new line.",
        ),
        ("footnote", "written here"),
        ("list_item", "one goes on"),
        ("list_item", "nested"),
        ("list_item", "Term: its meaning"),
        ("heading", "Second"),
        ("table_row", "Name: Rita; City: Ulm"),
        ("code", "kept  as it is"),
        ("prose", "Quoted words."),
        ("footnote", "The note."),
    ]


LATEX = r"""\documentclass[a4paper]{article}
\usepackage[T1]{fontenc} % \title{Not this}
\newcommand{\orbit}{Orbit Bank}
\newcommand{\loop}{\loop x}
\title{On \orbit{}\thanks{money}}
\author{Lena H\"art \and Rita Sand}
\date{\today}
\begin{document}
\maketitle
\section[short]{The \emph{Founding}\label{a}}
\orbit~was founded% a comment
\footnote{By \textbf{two}.} in 1901--1904 by ``Rita'' --- don't\ldots{} 11.\,11.\,2011,
50\% \& more; see \href{http://x.org/a_b}{the link}, \url{http://x.org/a~b\%}, \cite[p.~3]{x},
$x \le \alpha$, \loop.

% a line of its own
\c{c} \'el\`eve \o{} Stra\ss e \v{S}; {\bfseries bold} \verb|a_b%|\\
a new line.
\begin{description}\item[Term] its meaning\end{description}
\begin{table}\caption{Staff}\begin{tabular}{|l|l|}\hline
Name & City \\ \hline
Rita & Ulm \\
\multicolumn{2}{c}{closed} \\ \hline
\end{tabular}\end{table}
\begin{lstlisting}[language=C]
int x; % kept
\end{lstlisting}
\begin{equation} E = mc^2 \end{equation}
\input{secret} \include{secret}
\begin{comment} not read \end{comment}
\begin{thebibliography}{9}\bibitem{x} L. Hart. A book.\end{thebibliography}
\end{document}
not read
"""


def test_latex_is_read_without_its_macros() -> None:
    document = one("tex", LATEX)
    assert document.title == "On Orbit Bank"
    assert blocks(document) == [
        ("heading", "On Orbit Bank"),
        ("front_matter", "author: Lena Härt, Rita Sand"),
        ("heading", "The Founding"),
        (
            "prose",
            "Orbit Bank was founded in 1901–1904 by “Rita” — don't… 11. 11. 2011, 50% & more; see "
            "the link, http://x.org/a~b%, , x ≤α, x.",
        ),
        ("footnote", "By two."),
        ("prose", "ç élève ø Straße Š; bold a_b%\na new line."),
        ("list_item", "Term: its meaning"),
        ("prose", "Staff"),
        ("table_row", "Name: Rita; City: Ulm"),
        ("table_row", "Name: closed"),
        ("code", "int x; % kept"),
        ("code", "E = mc^2"),
        ("footnote", "L. Hart. A book."),
    ]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("restructured", "- " * 50_000 + "x"),
        ("restructured", "*a " * 100_000),
        ("restructured", "word " * 100_000),
    ],
)
def test_what_docutils_would_take_minutes_for_is_refused_with_a_reason(
    module: str, text: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        one(module, text)
    assert caught.value.reason in ("malformed file", "too large")
    assert "name it .txt" in caught.value.detail
