"""The page of an ingest: complete, bounded, and inert whatever documents say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from kgqa.documents.split import split_passages
from kgqa.evaluate.ingest_finds import FindsReport
from kgqa.evaluate.ingest_page import LISTED, ingest_page
from kgqa.store.open import open_store
from kgqa.types import Document, Extraction, Refusal, Rejection

EVIL = '<script>alert("1")</script><img src=x onerror=alert(1)>\u202e\x1b[31m'


@pytest.fixture
def report(tmp_path: Path) -> Iterator[FindsReport]:
    with open_store(f"sqlite:///{tmp_path}/graph.db") as store:
        yield FindsReport(store)


def add(report: FindsReport, source: str, text: str, language: str = "en") -> None:
    document = Document.create(source, text[:20], text, language=language, format="text")
    report.read(document)
    report.wrote(Extraction(document, split_passages(document), (), (), "test"), "added")


def page_of(report: FindsReport, **words: bool) -> BeautifulSoup:
    page = ingest_page(report, {"P19": "place of birth"}, when="today", **words)
    return BeautifulSoup(page, "html.parser")


def test_what_documents_say_is_text_and_nothing_else(report: FindsReport) -> None:
    add(report, f"/{EVIL}.txt", f"Nobody knows what {EVIL} may do here.")
    report.rejections.append(Rejection(f"/{EVIL}", EVIL, EVIL))
    report.refused.append(Refusal(EVIL, EVIL, EVIL, 1))
    page = page_of(report)
    assert page.find(["script", "img", "link", "iframe"]) is None
    assert not [tag for tag in page.find_all(True) if {"src", "href", "onerror"} & set(tag.attrs)]
    shown = page.get_text()
    assert '<script>alert("1")</script>' in shown
    assert not re.search("[\u202e\x1b]", shown)
    assert "url(" not in str(page.style)
    assert "default-src 'none'" in str(page.meta and page.find_all("meta")[1])


def test_all_rejections_are_listed_under_their_reasons(report: FindsReport) -> None:
    report.rejections += [Rejection(f"/scan{n}.pdf", "no text") for n in range(30)]
    report.rejections.append(Rejection("/x.docx", "locked", "expected a file without a password"))
    groups = page_of(report).find_all("details")
    assert [group.summary.get_text() for group in groups] == ["no text: 30", "locked: 1"]
    assert [len(group.find_all("li")) for group in groups] == [30, 1]
    # A long list does not push the rest of the page away.
    assert [group.has_attr("open") for group in groups] == [False, True]


def test_of_many_documents_the_first_are_listed_and_the_others_counted(
    report: FindsReport,
) -> None:
    for number in range(LISTED + 7):
        add(report, f"/{number:04}.txt", "Nothing can be found in here.")
    page = page_of(report)
    table = page.find("table", class_="found")
    assert table is not None
    assert len(table.find_all("tr")) == LISTED + 1
    assert "And 7 more documents" in page.get_text()
    assert f"Without a triple: {LISTED + 7}" in page.get_text()


def test_languages_that_are_not_read_are_told(report: FindsReport) -> None:
    add(report, "/a.txt", "Nothing can be found in here.")
    add(report, "/b.txt", "Hier kann niemand etwas finden.", language="de")
    shown = " ".join(page_of(report).get_text(" ").split())
    assert "1 in languages that the weights do not read ( de 1 ): stored" in shown


def test_refused_relations_are_summed_and_named(report: FindsReport) -> None:
    report.refused += [Refusal("P19", "organization", "location", n) for n in (2, 3)]
    table = page_of(report).find_all("table", class_="few")[-1]
    cells = [cell.get_text() for cell in table.find_all("td")]
    assert cells == ["place of birth (P19)", "organization → location", "5"]


def test_an_interrupted_ingest_and_a_dry_run_say_so(report: FindsReport) -> None:
    assert "done so far" in page_of(report, interrupted=True).get_text()
    report.read(Document.create("/a.md", "", "Words.", format="markdown"))
    shown = page_of(report, dry_run=True).get_text(" ")
    assert "nothing was extracted" in shown
    assert "markdown" in shown
    assert "Found in each document" not in shown
