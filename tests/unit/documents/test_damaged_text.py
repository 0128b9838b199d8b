"""Damaged text with markup: a document or a reason for each file, soon, and never another error."""

from __future__ import annotations

import importlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgqa.documents.build import rejection_of
from kgqa.errors import DocumentError
from kgqa.types import Document, Rejection

MARKUP = {name: f"markup.{name}" for name in ("restructured", "org", "tex")}
TEXT = Path(__file__).parents[2] / "documents" / "text"
SECONDS = 10.0
# Of these a test takes a sample; all were run once, 200 of each format.
VARIANTS = 8
MARKS = b"{}[]<>\\\"'`*_|:#-=\n\t &%$~\x00\xff\x80"
SEEDS = {
    "separated": ["staff.csv"],
    "mail": ["reply.eml", "page.eml", "team.mbox"],
    "restructured": ["orbit.rst"],
    "org": ["orbit.org"],
    "tex": ["orbit.tex"],
    "subtitles": ["talk.srt", "talk.vtt"],
    "xml": ["orbit.tei.xml", "orbit.docbook.xml", "orbit.jats.xml", "news.rss.xml"],
}
N = 60_000
HOSTILE = {
    "separated": [b'a,b\n"' + b"x,y\n" * N, b"," * N, b'"' * N, b"1," * N],
    "mail": [
        b"Subject: a\n\n" + b"> " * N,
        b"From: " + b"(" * N + b"\n\nx",
        b"Subject: " + b"Re: " * N + b"\n\nx",
        b"Content-Type: text/plain; " + b'a="b";' * N + b"\n\nx",
        b"Content-Type: message/rfc822\n\n" * 5000,
        b"Subject: a\nContent-Type: text/html\n\n" + b"<div class=gmail_quote>" * 20_000,
        b"Subject: a\nContent-Type: text/html\n\n" + b"<!--" * N,
        b"Subject: a\nContent-Type: text/plain; charset=hex\n\nx",
    ],
    "restructured": [
        b"- " * 50_000 + b"x",
        b"*a " * N,
        b"a_ " * N,
        b"word " * N,
        b"".join(b"   " * n + b".. note::\n\n" for n in range(300)) + b"x",
        b".. |a| replace:: |b| |b|\n.. |b| replace:: |a| |a|\n\n|a|\n",
        b"+--+\n|  |\n" * 2000,
    ],
    "org": [b"* " + b":a" * N, b"#+begin_src\n" * N, b"[[a][" * N, b" /a" * N, b":A:\n" * N],
    "tex": [
        b"{" * N,
        b"\\begin{a}" * N,
        b"\\footnote{" * N + b"}" * N,
        b"\\begin{verbatim}" * N,
        b"\\def\\a{\\a\\a}" * 10_000 + b"\\a",
        b"$" + b"{" * N + b"$",
        b"\\begin{tabular}{l}" * 1000 + b"&" * N,
    ],
    "subtitles": [
        b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * N,
        b"1\n00:00:01,000 --> 00:00:02,000\n" + b"x\n" * N,
        b"1\n-->\n\n" * N,
    ],
    "xml": [
        b"<a>" * N,
        b"<TEI>" + b"<p>x</p>" * N,
        b"<a " + b"".join(b"a%d='x' " % n for n in range(N)) + b"/>",
        b"<rss><item><description>" + b"&lt;div&gt;" * N + b"</description></item></rss>",
        b"<?xml version='1.0' encoding='unicode_escape'?><a/>",
    ],
}
ANYTHING = [
    b"",
    b"\x00" * 1000,
    b" \n\n ",
    b"%PDF-1.4 x",
    b"PK\x03\x04" + bytes(range(256)),
    b" " * N,
    b"word " * N,
    b"\n" * N,
    b"[" * N,
    b"*" * N,
    b'{"a": [1, 2]}',
]


def damaged(content: bytes, seed: int) -> Iterator[bytes]:
    """Cut at either end, with flipped bits, moved pieces and marks of markup."""
    chance = random.Random(seed)
    for variant in range(VARIANTS):
        changed = bytearray(content)
        place = chance.randrange(len(changed))
        if variant % 4 == 0:
            changed = changed[:place] if variant else changed[place:]
        for _ in range(chance.choice((1, 5, 50)) if variant % 4 else 0):
            place, other = chance.randrange(len(changed)), chance.randrange(len(changed))
            if variant % 4 == 1:
                changed[place] ^= 1 << chance.randrange(8)
            elif variant % 4 == 2:
                changed[place : place + 20] = changed[other : other + chance.randrange(40)]
            else:
                changed[place] = chance.choice(MARKS)
        yield bytes(changed)


def outcome(module: str, content: bytes) -> str:
    """The reason of a rejection, or "document"; offsets that lie are an error."""
    read = importlib.import_module(f"kgqa.documents.formats.{MARKUP.get(module, module)}").read
    began = time.process_time()
    try:
        found = list(read(content, f"/x/damaged.{module}", "damaged"))
    except DocumentError as error:
        found = [rejection_of(error)]
    assert time.process_time() - began < SECONDS
    for record in found:
        end = 0
        for block in record.blocks if isinstance(record, Document) else ():
            assert end <= block.start <= block.end <= len(record.text)
            end = block.end
    assert all(record.detail for record in found if isinstance(record, Rejection))
    return found[0].reason if isinstance(found[0], Rejection) else "document"


@pytest.mark.parametrize("module", list(SEEDS))
def test_damaged_files_give_a_document_or_a_reason(module: str) -> None:
    reasons = set()
    for seed, name in enumerate(SEEDS[module]):
        content = (TEXT / name).read_bytes()
        assert outcome(module, content) == "document"
        reasons |= {outcome(module, variant) for variant in damaged(content, seed)}
    assert reasons <= {
        "document",
        "malformed file",
        "unknown encoding",
        "binary",
        "empty",
        "no text",
        "element not named",
    }


@pytest.mark.parametrize("module", list(HOSTILE))
def test_hostile_files_end_soon(module: str) -> None:
    for content in (*HOSTILE[module], *ANYTHING):
        assert outcome(module, content)
