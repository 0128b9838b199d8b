"""Markdown and HTML to plain text."""

from __future__ import annotations

import pytest

from kgqa.documents.formats.markdown import markdown_document
from kgqa.documents.formats.webpage import declared_charset, page_document

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
    found = [(b.kind, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
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
<table><tr><th>Year</th><td>1903</td></tr><tr><td></td><td>x</td></tr></table>
<p hidden>no</p><p style="display: none">no <b>no</b></p><noscript>no</noscript>
</body></html>"""


def test_html_gives_the_visible_text_by_blocks() -> None:
    document = page_document(HTML, "s", "stem")
    assert document.title == "Marie Curie"
    found = [(b.kind, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
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
    found = [(b.kind, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
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
