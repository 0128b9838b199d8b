"""WARC and WET files, written with warcio itself."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from kgqa.documents.read import ReadOptions, read_documents
from kgqa.types import Document, Rejection

PAGE = "<html><head><title>Zoë</title></head><body><p>Zoë met André.</p></body></html>"


def response(
    writer: WARCWriter, uri: str, body: bytes, kind: str = "text/html", status: str = "200 OK"
) -> None:
    headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(uri, "response", io.BytesIO(body), http_headers=headers)
    )


def archive(path: Path, gzipped: bool) -> None:
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=gzipped)
        writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "test"}))
        text = b"First line\nMarie Curie was born in Warsaw.\n"
        writer.write_record(
            writer.create_warc_record(
                "http://a/", "conversion", io.BytesIO(text), warc_content_type="text/plain"
            )
        )
        response(writer, "http://b/", PAGE.encode("latin-1"), "text/html; charset=iso-8859-1")
        response(writer, "http://b/", PAGE.encode())
        response(writer, "http://c/", b"\x89PNG", "image/png")
        response(writer, "http://d/", b"<p>gone", status="404 Not Found")
        response(writer, "http://e/", b"<p>" + b"x" * 2000)


def read(path: Path) -> tuple[list[Document], list[Rejection]]:
    found = list(read_documents([str(path)], ReadOptions(max_bytes=1000)))
    documents = [one for one in found if isinstance(one, Document)]
    return documents, [one for one in found if isinstance(one, Rejection)]


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a.wet", "a.WET.gz"])
def test_pages_of_an_archive(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    archive(path, name.endswith("gz"))
    documents, rejections = read(path)
    source = path.resolve().as_posix()
    assert [(d.source.removeprefix(source), d.title) for d in documents] == [
        ("#http://a/", "First line"),
        ("#http://b/", "Zoë"),
        ("#http://b/#2", "Zoë"),
    ]
    assert documents[1].text == documents[2].text == "Zoë met André."
    assert [(r.source.removeprefix(source), r.reason) for r in rejections] == [
        ("#http://c/", "unsupported file type"),
        ("#http://d/", "unsupported file type"),
        ("#http://e/", "too large"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.warc", b"", "empty"),
        ("a.warc", b"This is no archive.\n", "malformed archive"),
        ("a.warc.gz", b"This is no gzip.\n", "malformed archive"),
        ("a.warc.gz", gzip.compress(b"This is no archive.\n"), "malformed archive"),
        ("a.txt.gz", b"This is no gzip.", "malformed file"),
        ("a.txt.gz", gzip.compress(b"text")[:-9], "malformed file"),
        ("a.jsonl.gz", gzip.compress(b"text" * 90)[:-9], "malformed file"),
        ("a.gz", gzip.compress(b"text"), "unsupported file type"),
    ],
)
def test_what_is_no_archive_is_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    documents, rejections = read(tmp_path / name)
    assert (documents, [r.reason for r in rejections]) == ([], [reason])


@pytest.mark.parametrize("share", [0.02, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 0.95])
@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_a_cut_archive_gives_what_stands_before_the_cut(
    tmp_path: Path, name: str, share: float
) -> None:
    whole = tmp_path / name
    archive(whole, name.endswith("gz"))
    texts = [document.text for document in read(whole)[0]]
    content = whole.read_bytes()
    cut = tmp_path / f"cut_{name}"
    cut.write_bytes(content[: int(share * len(content))])
    documents, rejections = read(cut)
    assert [d.text for d in documents] == texts[: len(documents)]
    assert "malformed archive" in {rejection.reason for rejection in rejections}


def test_a_wrong_length_is_malformed_and_nothing_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive(tmp_path / "a.warc", gzipped=False)
    content = (tmp_path / "a.warc").read_bytes()
    (tmp_path / "b.warc").write_bytes(content.replace(b"in Warsaw", b"in the city of Warsaw"))
    documents, rejections = read(tmp_path / "b.warc")
    assert (documents, [r.reason for r in rejections]) == ([], ["malformed archive"])
    assert capsys.readouterr().err == ""
