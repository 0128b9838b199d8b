"""Office files by real programs in, their text out; damaged ones refused with a reason."""

from __future__ import annotations

import functools
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

from kgqa.documents.formats import Read
from kgqa.documents.isolated import isolated
from kgqa.errors import DocumentError
from kgqa.types import Document

FILES = Path(__file__).parents[2] / "documents" / "office"
MODULES = {
    ".docx": "office.word",
    ".pptx": "office.slides",
    ".odt": "office.opendocument",
    ".xlsx": "office.workbook",
    ".epub": "epub",
}
MAIN_MEMBER = {
    ".docx": "word/document.xml",
    ".pptx": "ppt/slides/slide1.xml",
    ".odt": "content.xml",
    ".xlsx": "xl/worksheets/sheet1.xml",
    ".epub": "EPUB/content.opf",
}
SAMPLE = {suffix: f"pandoc{suffix}" for suffix in MODULES} | {".xlsx": "calc.xlsx"}
REASONS = {
    "malformed file",
    "too large",
    "locked",
    "empty",
    "binary",
    "unknown encoding",
}
MANIFEST = "META-INF/manifest.xml"
BUILD = Callable[[], bytes]


def read(content: bytes, suffix: str) -> Document:
    reader = import_module(f"kgqa.documents.formats.{MODULES[suffix]}").read
    (document,) = reader(content, f"a{suffix}", "a")
    assert isinstance(document, Document)
    return document


def read_file(name: str) -> Document:
    path = FILES / name
    return read(path.read_bytes(), path.suffix)


def pieces(document: Document, *kinds: str) -> list[str]:
    return [document.text[b.start : b.end] for b in document.blocks if b.kind in kinds]


def refused(content: bytes, suffix: str) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read(content, suffix)
    assert caught.value.detail
    return caught.value


def rezipped(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The archive with its members changed, sizes and checksums right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def edited(name: str, before: str, after: str, member: str = "") -> bytes:
    """A sample with one thing in its main member written otherwise."""
    path = FILES / name
    target = member or MAIN_MEMBER[path.suffix]

    def change(member: str, content: bytes) -> bytes:
        if member != target:
            return content
        assert before.encode() in content
        return content.replace(before.encode(), after.encode(), 1)

    return rezipped(path.read_bytes(), change)


@pytest.mark.parametrize("name", ["pandoc.docx", "writer.docx", "pandoc.odt", "writer.odt"])
def test_text_tables_lists_and_notes_are_those_of_the_source(name: str) -> None:
    document = read_file(name)
    source = (FILES / "source.txt").read_text().split()
    kinds = ("prose", "heading", "list_item", "table_row", "code", "footnote")
    assert " ".join(pieces(document, *kinds)).split() == source
    assert pieces(document, "list_item")[:4] == [
        "The first item of it",
        "A second one, longer",
        "nested below",
        "A last one",
    ]
    assert pieces(document, "code")[0] == "for x in y:\n    print(x)"
    assert pieces(document, "footnote")[0] == "A note on Ada Lovelace, with its source."
    assert document.title == "Ada Lovelace"


@pytest.mark.parametrize("name", ["features.docx", "features.odt"])
def test_deletions_and_running_heads_are_out_insertions_frames_and_notes_in(name: str) -> None:
    document = read_file(name)
    assert "never" not in document.text
    assert "Running head" not in document.text
    assert sorted(pieces(document, "prose")) == [
        "A paragraph that a frame is tied to.",
        "Orbit Bank\n1 Lake Street\nZurich",
        "Rita Sand works gladly for Orbit Bank in Zurich.",
        "The last paragraph.",
        "The words in a frame.",
    ]
    assert pieces(document, "footnote") == ["Since 1999, says the register.", "A note at the end."]
    assert pieces(document, "contents") == ["Contents", "Staff 1", "Pay 2"]
    assert pieces(document, "list_item") == ["Karl Voss", "left in 2003", "Ines Kohl"]
    assert pieces(document, "code") == ["def pay(name):\n    return 5000"]


@pytest.mark.parametrize("name", ["features.docx", "features.odt"])
def test_merged_cells_come_once_and_tables_in_tables_follow(name: str) -> None:
    document = read_file(name)
    assert pieces(document, "table_row") == [
        "Name: Rita Sand; Employer: Orbit Bank; 2004: 5000",
        "Employer: Lumen Works",
        "Name: Karl Voss; Employer: Orbit Bank Geneva; 2004: with:",
        "Bonus | 300",
        "Car | 100",
    ]
    rows = [block for block in document.blocks if block.kind == "table_row"]
    assert [block.row for block in rows] == [2, 3, 4, 1, 2]
    assert {block.section for block in rows} == {"Staff > Pay"}


@pytest.mark.parametrize("name", ["features.docx", "features.odt"])
def test_the_title_is_the_one_that_is_printed_and_properties_are_front_matter(name: str) -> None:
    document = read_file(name)
    assert document.title == "Orbit Bank, its staff"
    (front,) = pieces(document, "front_matter")
    assert front.startswith(
        "title: The books of Orbit Bank\nauthor: Lena Hart\nsubject: Staff\nkeywords: bank"
    )


def test_what_a_library_wrote_is_no_front_matter() -> None:
    docx, pptx = pytest.importorskip("docx"), pytest.importorskip("pptx")
    for suffix, made in ((".docx", docx.Document()), (".pptx", pptx.Presentation())):
        if suffix == ".docx":
            made.add_paragraph("Rita Sand works for Orbit Bank.")
        else:
            slide = made.slides.add_slide(made.slide_layouts[5])
            slide.shapes.title.text = "Rita Sand works for Orbit Bank."
        out = io.BytesIO()
        made.save(out)
        document = read(out.getvalue(), suffix)
        assert document.text == "Rita Sand works for Orbit Bank."


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    docx = pytest.importorskip("docx")
    made = docx.Document()
    first = made.add_paragraph("Rita Sand works ")
    mark = first._p.get_or_add_pPr().makeelement(docx.oxml.ns.qn("w:rPr"))
    mark.append(mark.makeelement(docx.oxml.ns.qn("w:del")))
    first._p.get_or_add_pPr().append(mark)
    made.add_paragraph("for Orbit Bank.")
    out = io.BytesIO()
    made.save(out)
    assert read(out.getvalue(), ".docx").text == "Rita Sand works for Orbit Bank."


@pytest.mark.parametrize("name", ["pandoc.pptx", "impress.pptx"])
def test_slides_are_pages_under_their_titles_with_tables_and_notes(name: str) -> None:
    document = read_file(name)
    found = [(b.kind, b.page, document.text[b.start : b.end]) for b in document.blocks]
    assert found[1:] == [
        ("heading", 1, "Orbit Bank in 2004"),
        ("prose", 1, "Lena Hart"),
        ("heading", 2, "Where we stand"),
        ("list_item", 2, "Orbit Bank was founded in Zurich in 1999."),
        ("list_item", 2, "Rita Sand leads it."),
        ("list_item", 2, "Before that she led Lumen Works."),
        ("prose", 2, "Say that Karl Voss left in 2003."),
        ("heading", 3, "Figures"),
        ("table_row", 3, "Name: Rita Sand; Employer: Orbit Bank; Year: 1999"),
        ("table_row", 3, "Name: Karl Voss; Employer: Lumen Works; Year: 2004"),
        ("heading", 4, "Two columns"),
        ("prose", 4, "The left one comes first."),
        ("prose", 4, "The right one comes next."),
    ]
    assert document.title == "Orbit Bank in 2004"


def test_cells_are_as_people_see_them_and_empty_rows_part_tables() -> None:
    document = read_file("calc.xlsx")
    found = [(b.row, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
        (1, "Staff of Orbit Bank"),
        (3, "Name: Rita Sand; Employer: Orbit Bank; Since: 1999-04-01; Pay: 5000"),
        (4, "Name: Karl Voss; Employer: Lumen Works; Since: 2004-10-15; Pay: 4200.5"),
        (7, "Office: Head office; City: Zurich"),
        (8, "Office: Branch; City: Geneva"),
    ]
    assert document.title == "a"


def test_each_of_several_sheets_stands_under_its_name_and_hidden_ones_are_out() -> None:
    document = read_file("xlsxwriter.xlsx")
    assert pieces(document, "heading") == ["Staff", "Offices"]
    assert pieces(document, "table_row") == [
        "Name: Rita Sand; Employer: Orbit Bank; Since: 1999-04-01; Share: 0.3",
        "Name: Karl Voss; Employer: Lumen Works; Since: 2004-10-15; Share: 5",
        "Office: Head office; City: Zurich",
        "Office: Branch; City: Geneva",
    ]
    rows = [block for block in document.blocks if block.kind == "table_row"]
    assert [(block.section, block.row) for block in rows] == [
        ("Staff", 2),
        ("Staff", 3),
        ("Offices", 4),
        ("Offices", 5),
    ]


def test_a_sheet_with_one_cell_far_away_is_too_large() -> None:
    content = edited("calc.xlsx", 'r="A8"', 'r="XFD1048576"')
    assert refused(content, ".xlsx").reason == "too large"


def test_a_format_far_away_makes_no_sheet_too_large() -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    content = edited("calc.xlsx", "</sheetData>", far)
    assert read(content, ".xlsx").text == read_file("calc.xlsx").text


def test_ten_thousand_sheets_are_too_many() -> None:
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r"/>' for n in range(2, 10_002))
    content = edited("calc.xlsx", "</sheets>", f"{sheets}</sheets>", "xl/workbook.xml")
    assert refused(content, ".xlsx").reason == "too large"


@pytest.mark.parametrize("suffix", MODULES)
def test_a_bomb_is_refused_by_its_declared_size(suffix: str) -> None:
    assert refused(bomb(suffix), suffix).reason == "too large"


@pytest.mark.parametrize("suffix", MODULES)
def test_too_many_members_are_refused(suffix: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(10_000):
            archive.writestr(f"{number}.xml", "")
    assert refused(out.getvalue(), suffix).reason == "too large"


@pytest.mark.parametrize("suffix", MODULES)
def test_compound_files_say_what_they_are(suffix: str) -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    locked = refused(head + "EncryptedPackage".encode("utf-16-le"), suffix)
    assert locked.reason == "locked"
    assert "password" in locked.detail
    old = refused(head + "WordDocument".encode("utf-16-le"), suffix)
    assert old.reason == "malformed file"
    assert ".doc" in old.detail
    assert refused(head, suffix).reason == "malformed file"


def test_an_encrypted_opendocument_text_is_locked() -> None:
    mark = '<manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
    entry = f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="">{mark}'
    content = edited("writer.odt", "</manifest:manifest>", f"{entry}</manifest:manifest>", MANIFEST)
    assert refused(content, ".odt").reason == "locked"


@pytest.mark.parametrize("suffix", MODULES)
def test_files_of_another_format_are_malformed(suffix: str) -> None:
    for other in set(MODULES) - {suffix}:
        content = (FILES / SAMPLE[other]).read_bytes()
        assert refused(content, suffix).reason == "malformed file"
    assert refused(b"%PDF-1.7\n", suffix).reason == "malformed file"
    assert refused(b"Rita Sand works for Orbit Bank.\n", suffix).reason == "malformed file"


@pytest.mark.parametrize("suffix", MODULES)
def test_damaged_files_are_read_or_refused_with_a_reason(suffix: str) -> None:
    reader = isolated(import_module(f"kgqa.documents.formats.{MODULES[suffix]}").read)
    refusals = [refusal(reader, build(), suffix) for _, build in damaged(suffix, 30)]
    errors = [error for error in refusals if error is not None]
    assert len(errors) > 10
    assert {error.reason for error in errors} <= REASONS
    assert not [error for error in errors if "its reader stopped" in error.detail]


def refusal(reader: Read, content: bytes, suffix: str) -> DocumentError | None:
    """Why the file is refused, None where it is read."""
    try:
        (document,) = reader(content, f"a{suffix}", "a")
    except DocumentError as error:
        return error
    assert isinstance(document, Document)
    return None


def damaged(suffix: str, count: int) -> Iterator[tuple[str, BUILD]]:
    """`count` damaged files of a format: a name and what builds it, the same ones each time."""
    content = (FILES / SAMPLE[suffix]).read_bytes()
    member = MAIN_MEMBER[suffix]
    yield "bomb", functools.partial(bomb, suffix)
    yield "empty", bytes
    yield "deep", functools.partial(rezipped, content, deep(member))
    yield "laughs", functools.partial(rezipped, content, laughs(member))
    for number in range(count - 4):
        generator = random.Random(f"{suffix}{number}")
        kind = ("cut", "flipped", "inside", "inside", "torn")[number % 5]
        if kind == "cut":
            yield (
                kind,
                functools.partial(content.__getitem__, slice(generator.randrange(1, len(content)))),
            )
        elif kind == "flipped":
            yield kind, functools.partial(flipped, content, generator)
        else:
            yield kind, functools.partial(inside, content, generator, kind == "torn")


def bomb(suffix: str) -> bytes:
    """A member that unpacks to 150 MB."""
    out = io.BytesIO(rezipped((FILES / SAMPLE[suffix]).read_bytes(), lambda _, member: member))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("b.xml", "w") as new,
    ):
        for _ in range(150):
            new.write(bytes(1_000_000))
    return out.getvalue()


def flipped(content: bytes, generator: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(generator.choice((1, 3, 30))):
        changed[generator.randrange(len(changed))] ^= 1 << generator.randrange(8)
    return bytes(changed)


def inside(content: bytes, generator: random.Random, torn: bool) -> bytes:
    """Members damaged before they are packed: bytes flipped, or a stretch taken out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if archive.getinfo(name).file_size]
    chosen = generator.sample(names, min(len(names), generator.choice((1, 2))))

    def change(name: str, member: bytes) -> bytes:
        if name not in chosen:
            return member
        if torn:
            start = generator.randrange(len(member))
            return member[:start] + member[start + generator.randrange(1, 200) :]
        return flipped(member, generator)

    return rezipped(content, change)


def deep(target: str) -> Callable[[str, bytes], bytes]:
    """50,000 elements in each other."""

    def change(name: str, member: bytes) -> bytes:
        return b"<a>" * 50_000 + b"</a>" * 50_000 if name == target else member

    return change


def laughs(target: str) -> Callable[[str, bytes], bytes]:
    """Entities that grow ten times with each step."""
    steps = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' if n else '<!ENTITY e0 "ha">' for n in range(12)
    )

    def change(name: str, member: bytes) -> bytes:
        if name != target:
            return member
        head, mark, rest = member.partition(b"?>") if b"?>" in member[:200] else (b"", b"", member)
        at = rest.rindex(b"</")
        return head + mark + f"<!DOCTYPE a [{steps}]>".encode() + rest[:at] + b"&e11;" + rest[at:]

    return change


def sheet_text(rows: list[list[str]]) -> str:
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return read(stream.getvalue(), ".xlsx").text


def test_tables_side_by_side_are_not_one() -> None:
    rows = [["Name", "Employer", "", "City", "Country"], ["Rita", "Orbit", "", "Paris", "France"]]
    assert sheet_text(rows).split("\n") == [
        "Name: Rita; Employer: Orbit",
        "City: Paris; Country: France",
    ]


def test_rows_that_may_be_another_tables_get_no_labels() -> None:
    rows = [["Name", "Employer"], ["Rita", "Orbit"], [], ["Paris", "France"], ["Rome", "Italy"]]
    assert sheet_text(rows).split("\n") == [
        "Name: Rita; Employer: Orbit",
        "Paris | France",
        "Rome | Italy",
    ]
