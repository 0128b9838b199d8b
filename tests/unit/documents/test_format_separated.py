"""Tables as text: delimiters, heads, rows, text beside the table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from kgqa.documents.formats.separated import read
from kgqa.documents.read import read_documents
from kgqa.errors import DocumentError
from kgqa.types import Document

TEXT = Path(__file__).parents[2] / "documents" / "text"


def one(content: str | bytes, name: str = "staff.csv") -> Document:
    raw = content.encode() if isinstance(content, str) else content
    (document,) = read(raw, f"/x/{name}", name.split(".")[0])
    return document


def rows(document: Document) -> list[tuple[int | None, str]]:
    assert all(
        document.text[cell.start : cell.end] and block.start <= cell.start <= cell.end <= block.end
        for block in document.blocks
        for cell in block.cells
    )
    return [(block.row, document.text[block.start : block.end]) for block in document.blocks]


def test_a_file_of_pythons_csv_module_is_read_with_its_title_line() -> None:
    (document,) = read_documents([str(TEXT / "staff.csv")])
    assert isinstance(document, Document)
    assert (document.title, document.title_origin) == ("Staff of Orbit Bank", "text")
    assert document.format == "csv"
    assert rows(document) == [
        (1, "Staff of Orbit Bank"),
        (4, "Name: Rita Sand; Employer: Orbit Bank; City: Köln; Share: 1,5"),
        (5, "Name: Bo Hill; Employer: Beta Motion; City: Linz; Ulm; Share: 2,5"),
        (6, 'Name: Eva "Eve" Roth; Employer: Orbit Bank'),
    ]
    assert [cell.label for cell in document.blocks[1].cells] == [
        "Name",
        "Employer",
        "City",
        "Share",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_every_delimiter_and_encoding_gives_the_same_cells(delimiter: str, encoding: str) -> None:
    table = [["Name", "Stadt"], ["Zoë, von", "Köln"], ["A; B | C", "Höxter"], ["x\ty", "Ulm"]]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(table)
    document = one(stream.getvalue().encode(encoding))
    assert rows(document) == [
        (2, "Name: Zoë, von; Stadt: Köln"),
        (3, "Name: A; B | C; Stadt: Höxter"),
        (4, "Name: x y; Stadt: Ulm"),
    ]
    assert document.title_origin == "file"


def test_decimal_commas_do_not_part_cells() -> None:
    assert rows(one("1,5;2,5\n3,5;4,5\n")) == [(1, "1,5 | 2,5"), (2, "3,5 | 4,5")]


def test_ragged_rows_are_kept_and_empty_rows_counted() -> None:
    document = one("Name,City\nRita,Ulm,more\n\nBo\nEva,Linz\n")
    assert rows(document) == [
        (2, "Name: Rita; City: Ulm; more"),
        (4, "Name: Bo"),
        (5, "Name: Eva; City: Linz"),
    ]


def test_a_second_table_below_a_line_of_text_has_a_head_of_its_own() -> None:
    document = one("Name,City\nRita,Ulm\n\nIn Austria\n\nPlace,Year\nLinz,1880\n")
    assert rows(document) == [
        (2, "Name: Rita; City: Ulm"),
        (4, "In Austria"),
        (7, "Place: Linz; Year: 1880"),
    ]


def test_sentences_with_commas_in_one_column_stay_whole() -> None:
    document = one("note\nHello, world\nNo comma\nOne, two, three\nfine\n")
    assert [text for _, text in rows(document)][1:] == [
        "Hello, world",
        "No comma",
        "One, two, three",
        "fine",
    ]


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest() -> None:
    document = one('a\tb\n5" pipe\t"open\nRita\tUlm\n', "staff.tsv")
    assert rows(document) == [(2, 'a: 5" pipe; b: open'), (3, "a: Rita; b: Ulm")]


def test_a_cell_may_hold_an_article() -> None:
    long = "word " * 60_000
    assert rows(one(f'Name,Text\nRita,"{long}"\n')) == [(2, f"Name: Rita; Text: {long.strip()}")]


def test_a_table_that_grows_beyond_memory_under_its_head_is_too_large() -> None:
    head = ",".join(f"a column with a long name {n}" for n in range(1000))
    with pytest.raises(DocumentError, match="too large"):
        one(f"{head}\n" + ("1," * 1000 + "\n") * 4000)
