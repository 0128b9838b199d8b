"""Markdown and web pages: their blocks, their main text, their titles."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from kgqa.documents.formats.markdown import markdown_document
from kgqa.documents.formats.web.webpage import declared_charset, page_document, parts_of_markup
from kgqa.documents.read import read_documents
from kgqa.types import Document

WEB = Path(__file__).parents[2] / "documents" / "web"


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def folded(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(kind, " ".join(text.split())) for kind, text in found]


MARKDOWN = """---
title: "From the front matter"
---
# Marie *Curie*

She was a **physicist** ([Nobel](http://x.y)) and
`chemist`, she<!-- no --> said. ![Her portrait](a.png)

* Born 1867
* Died 1934

> A quote.

```python
code = 1
```

| Year | Prize |
|------|-------|
| 1903 | Physics |

<div>Block <script>x()</script>html</div>
"""


def test_markdown_keeps_prose_code_and_tables_and_drops_the_markup() -> None:
    document = markdown_document(MARKDOWN, "s", "stem")
    assert document.title == "Marie Curie"
    assert blocks(document) == [
        ("front_matter", "title: From the front matter"),
        ("heading", "Marie Curie"),
        ("prose", "She was a physicist (Nobel) and chemist, she said. Her portrait"),
        ("list_item", "Born 1867"),
        ("list_item", "Died 1934"),
        ("prose", "A quote."),
        ("code", "code = 1"),
        ("table_row", "Year: 1903; Prize: Physics"),
        ("prose", "Block html"),
    ]


def test_markdown_titles() -> None:
    assert markdown_document("---\ntitle: 'T'\n---\n## Two\n", "s", "stem").title == "T"
    assert markdown_document("## Two\n\ntext", "s", "my_file").title == "my file"
    assert markdown_document("Setext\n======\n\ntext", "s", "stem").title == "Setext"
    assert markdown_document("a\n\n---\n\nb", "s", "stem").text == "a\n\nb"


HTML = """<!DOCTYPE html><html><head><title>Marie Curie - Some Site</title>
<style>p {}</style><script>var x = "no";</script></head><body>
<nav><ul><li>Home</li></ul></nav><!-- comment -->
<h1>Marie&nbsp;Curie</h1>
<div>Loose text <p>She was   a <b>phys</b>icist,
 born in <a href="x">Warsaw</a>.</p> after<br>the break</div>
<ul><li>One</li><li>Two</li></ul>
<table><tr><td>Year</td><td>1903</td></tr><tr><td></td><td>x</td></tr></table>
<p hidden>no</p><p style="display: none">no <b>no</b></p><noscript>no</noscript>
</body></html>"""


def test_html_gives_the_visible_text_by_blocks() -> None:
    document = page_document(HTML, "s", "stem")
    assert document.title == "Marie Curie"
    assert blocks(document) == [
        ("boilerplate", "Home"),
        ("heading", "Marie Curie"),
        ("prose", "Loose text"),
        ("prose", "She was a physicist, born in Warsaw."),
        ("prose", "after\nthe break"),
        ("list_item", "One"),
        ("list_item", "Two"),
        ("table_row", "Year | 1903"),
        ("table_row", "x"),
    ]


def test_html_titles() -> None:
    assert page_document("<title>A page</title><h1>Else</h1>", "s", "stem").title == "A page"
    assert page_document("<h1>Else</h1>", "s", "stem").title == "Else"
    assert page_document("<p>text", "s", "my_page").title == "my page"


def test_html_without_its_closing_tags_is_read() -> None:
    document = page_document("<head><title>T</title><p>One<p>Two<ul><li>a<li>b", "s", "stem")
    assert (document.title, document.text) == ("T", "One\n\nTwo\n\na\n\nb")


def test_deeply_nested_html_is_read() -> None:
    document = page_document("<div>" * 5000 + "deep" + "</div>" * 5000, "s", "stem")
    assert document.text == "deep"


def test_the_charset_a_page_names() -> None:
    assert declared_charset(b'<meta charset="shift_jis">') == "shift_jis"
    assert declared_charset(b'<meta content="text/html; charset=koi8-r">') == "koi8-r"
    assert declared_charset(b"<p>none</p>") is None


def test_form_controls_are_no_text() -> None:
    markup = "<p>Text.</p><button>Send</button><textarea>draft</textarea>"
    assert page_document(markup, "s", "stem").text == "Text."


FRONT = """---
author: [Lena Hart, Jan Maly]
date: 2023-04-05
draft: true
nested: {a: 1}
---
Some text.
"""


def test_front_matter_is_kept_as_labels_and_values() -> None:
    (block, prose) = markdown_document(FRONT, "s", "stem").blocks
    assert (block.kind, prose.kind) == ("front_matter", "prose")
    assert [cell.label for cell in block.cells] == ["author", "date", "draft"]
    document = markdown_document(FRONT, "s", "stem")
    assert document.text.startswith("author: Lena Hart, Jan Maly\ndate: 2023-04-05\n")
    assert document.title_origin == "file"
    toml = markdown_document('+++\ntitle = "T"\n+++\nText.', "s", "stem")
    assert (toml.title, toml.title_origin) == ("T", "text")


@pytest.mark.parametrize(
    "front", ["---\na: [\n---\nText.", "---\n" + "- " * 5000 + "x\n---\nText.", "---\n\n---\nText."]
)
def test_what_is_no_front_matter_is_read_as_text(front: str) -> None:
    assert "Text." in markdown_document(front, "s", "stem").text


def test_markdown_footnotes_and_nested_lists() -> None:
    document = markdown_document("A[^1] b.\n\n- one\n  - two\n\n[^1]: A note.", "s", "stem")
    assert blocks(document) == [
        ("prose", "A b."),
        ("list_item", "one"),
        ("list_item", "two"),
        ("footnote", "A note."),
    ]


ARTICLE = "".join(
    f"<p>In {1900 + n} Ida Keller drew the plants of the lower Vistula for the Society for "
    f"Natural History, which printed them in volume {n} of its journal.</p>"
    for n in range(12)
)
PAGE = f"""<html><head><title>Plants</title><meta name="author" content="Jan Maly">
<meta property="article:published_time" content="2023-04-05T10:00:00Z"></head><body>
<div class="cookie-banner">We use cookies to improve your visit. <a>Accept all</a></div>
<ul class="menu"><li><a href="/">Home page</a></li><li><a href="/shop">Our shop</a></li></ul>
<main><article><h1>Plants</h1>{ARTICLE}<h2>Numbers</h2>
<table><tr><th>Year</th><th>Plants</th></tr><tr><td>1901</td><td>12</td></tr></table>
</article></main><div class="related"><h3>Related posts</h3><a href="/x">Ten gardens</a></div>
<footer><p>Copyright 2023 The Society. All rights reserved.</p></footer></body></html>"""


def test_what_is_not_a_pages_main_text_is_boilerplate() -> None:
    document = page_document(PAGE, "s", "stem")
    own = [document.text[b.start : b.end] for b in document.blocks if b.kind != "boilerplate"]
    assert sum(text.startswith("In 19") for text in own) == 12
    assert "Year: 1901; Plants: 12" in own
    assert own[0] == "author: Jan Maly\ndate: 2023-04-05"
    for unwanted in ("cookies", "Copyright", "Our shop"):
        assert not any(unwanted in text for text in own), unwanted


@pytest.mark.parametrize("name", ["survey", "survey_plain", "community"])
def test_pages_made_by_pandoc_read_as_their_source(name: str) -> None:
    (document,) = read_documents([str(WEB / f"{name}.html")])
    assert isinstance(document, Document)
    own = [one for one in blocks(document) if one[0] not in ("boilerplate", "front_matter")]
    said = json.loads((WEB / f"{name.removesuffix('_plain')}.json").read_text())
    wanted = [(kind, text) for kind, text in said]
    if name == "survey_plain":  # pandoc's own template heads it with title, author and date
        wanted.insert(0, ("heading", "The Harbour Survey"))
    assert folded(own) == folded(wanted)


def test_what_stands_around_a_pages_text_is_kept_as_boilerplate() -> None:
    (document,) = read_documents([str(WEB / "survey.html")])
    assert isinstance(document, Document)
    around = " ".join(text for kind, text in blocks(document) if kind == "boilerplate")
    for words in ("cookies", "since 1921", "Contact", "Archive", "Subscribe", "Facebook", "Ten"):
        assert words in around
    assert document.title == "The Harbour Survey"


def test_markdown_reads_as_pandoc_reads_it() -> None:
    (document,) = read_documents([str(WEB / "survey.md")])
    assert isinstance(document, Document)
    (front, *own) = blocks(document)
    assert front[1] == "title: The Harbour Survey\nauthor: Lena Hart\ndate: 2023-04-05"
    wanted = [(kind, text) for kind, text in json.loads((WEB / "survey.json").read_text())]
    assert folded(own) == folded(wanted)


def rows_of(markup: str) -> list[tuple[tuple[str, str], ...]]:
    return [part.cells for part in parts_of_markup(markup, main_text=False)]


def test_heads_and_cells_that_span_say_something_of_each_row() -> None:
    markup = (
        "<table><tr><th rowspan=2>Town</th><th colspan=2>People</th></tr>"
        "<tr><th>1900</th><th>1950</th></tr><tr><td>Hel</td><td>10</td><td>20</td></tr>"
        "<tr><th colspan=3>South</th></tr>"
        "<tr><td rowspan=2>Sopot</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>"
    )
    assert rows_of(markup) == [
        (("Town", "Hel"), ("People 1900", "10"), ("People 1950", "20")),
        (("", "South"),),
        (("Town", "Sopot"), ("People 1900", "1"), ("People 1950", "2")),
        (("Town", "Sopot"), ("People 1900", "3"), ("People 1950", "4")),
    ]


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><th>Key<th>Value<tr><td>snap<td>3</table>",
        "<table><thead><tr><td>Key</td><td>Value</td></tr></thead>"
        "<tr><th>snap</th><td><p>3</p></td></tr></table>",
    ],
)
def test_a_tables_head_is_told_by_its_elements(markup: str) -> None:
    assert rows_of(markup) == [(("Key", "snap"), ("Value", "3"))]


def test_words_in_a_cell_stay_as_they_are() -> None:
    markup = (
        "<table><tr><th>Key</th><th>For</th></tr><tr><td>a</td><td>(<i>b</i>, c)<br>d</td></tr>"
    )
    assert rows_of(markup) == [(("Key", "a"), ("For", "(b, c) d"))]


def test_marks_of_notes_are_no_part_of_a_name() -> None:
    markup = (
        '<p>She went to Toruń<sup><a role="doc-noteref" href="#n">1</a></sup>.</p>'
        '<aside epub:type="footnote"><p>A note.</p></aside>'
    )
    found = [(part.kind, part.text) for part in parts_of_markup(markup, main_text=False)]
    assert found == [("prose", "She went to Toruń."), ("footnote", "A note.")]


def test_the_title_is_the_pages_own_and_not_the_sites() -> None:
    markup = "<title>Ida | Times</title><header><h1>Times</h1></header><main><h1>Ida</h1><p>Text."
    assert page_document(markup, "s", "stem").title == "Ida"


def test_what_stands_behind_the_pages_end_is_read() -> None:
    assert page_document("<body><p>One</body></html><p>Two", "s", "stem").text == "One\n\nTwo"


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>" * 20_000 + "end",
        "<header>" * 20_000 + "end",
        '<a href="' * 20_000 + '">end',
        "<b>a<i>" * 20_000 + "end",
        "<table><tr><td>a<td>b</table>" * 5_000 + "end",
        "<table>" + "<tr><td rowspan=99 colspan=99>abc<td>b" * 5_000 + "</table>end",
    ],
)
def test_a_page_that_is_damaged_takes_no_longer(markup: str) -> None:
    started = time.perf_counter()
    document = page_document(markup, "s", "stem")
    assert document.text.endswith("end")
    assert len(document.text) < 4 * len(markup)
    assert time.perf_counter() - started < 10


def test_text_in_front_of_what_the_extraction_leaves_out_is_kept() -> None:
    listed = "".join(
        f"<dt>Entry {n}</dt><dd><p>The keeper of the {n}th station wrote down the depth of the "
        "water and the hour every morning, and sent it to the town.</p></dd>"
        for n in range(8)
    )
    article = f"<h1>Depths</h1>{ARTICLE}<dl>{listed}</dl>{ARTICLE}"
    document = page_document(f"<body><div>{article}</div></body>", "s", "stem")
    assert "boilerplate" not in {block.kind for block in document.blocks}


FRONT_TAGS = """---
Title: ~
tags: [maps, [nested], plants]
a: &a [x, x]
b: &b [*a, *a]
---
# The survey {#top .wide}

> [!NOTE]
> Of *Hel*.

- [x] drawn

Depth
: in metres

See [^none] and ![the map](m.png).[^1]

[^1]: Leipzig

    More of it.
"""


def test_markdowns_dialects_leave_no_marks() -> None:
    document = markdown_document(FRONT_TAGS, "s", "stem")
    assert blocks(document) == [
        ("front_matter", "tags: maps, plants\na: x, x"),
        ("heading", "The survey"),
        ("prose", "Of Hel."),
        ("list_item", "drawn"),
        ("list_item", "Depth"),
        ("list_item", "in metres"),
        ("prose", "See  and the map."),
        ("footnote", "Leipzig"),
        ("footnote", "More of it."),
    ]


@pytest.mark.parametrize("text", ["[" * 50_000, "![" * 30_000, "- " * 30_000 + "x", "> " * 30_000])
def test_tangled_markdown_takes_no_longer(text: str) -> None:
    started = time.perf_counter()
    assert markdown_document(f"Text.\n\n{text}", "s", "stem").text.startswith("Text.")
    assert time.perf_counter() - started < 10


def test_a_box_of_facts_is_read_row_by_row() -> None:
    markup = (
        "<table><tr><th colspan=2>Ida Keller</th></tr><tr><th>Born</th><td>3 May 1871</td></tr>"
        "<tr><th>Died</th><td>Graz</td></tr></table>"
    )
    document = page_document(markup, "s", "stem")
    assert document.text == "Ida Keller\nBorn: 3 May 1871\nDied: Graz"


def test_a_table_that_arranges_a_page_is_no_table() -> None:
    markup = "<table><tr><td><p>One.</p></td><td><div>Two.</div></td></tr></table>"
    assert {b.kind for b in page_document(markup, "s", "stem").blocks} == {"prose"}


def test_code_of_a_page_keeps_its_lines() -> None:
    document = page_document("<p>Use:</p><pre><code>a = 1\n  b = 2</code></pre>", "s", "stem")
    assert document.text == "Use:\n\na = 1\n  b = 2"
    assert document.blocks[1].kind == "code"
