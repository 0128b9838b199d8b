"""Markdown and HTML to plain text."""

from __future__ import annotations

from kgqa.documents.formats.markdown import markdown_document
from kgqa.documents.formats.webpage import declared_charset, html_document

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


def test_markdown_keeps_the_prose_and_drops_the_markup() -> None:
    document = markdown_document(MARKDOWN, "s", "stem")
    assert document.title == "Marie Curie"
    assert document.text.split("\n\n") == [
        "Marie Curie",
        "She was a physicist (Nobel) and\nchemist, she said. Her portrait",
        "Born 1867",
        "Died 1934",
        "A quote.",
        "Year | Prize",
        "1903 | Physics",
        "Block html",
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
    document = html_document(HTML, "s", "stem")
    assert document.title == "Marie Curie"
    assert document.text.split("\n\n") == [
        "Marie Curie",
        "Loose text",
        "She was a physicist, born in Warsaw.",
        "after\nthe break",
        "One",
        "Two",
        "Year | 1903",
        "x",
    ]


def test_html_titles() -> None:
    assert html_document("<title>A page</title><h1>Else</h1>", "s", "stem").title == "A page"
    assert html_document("<h1>Else</h1>", "s", "stem").title == "Else"
    assert html_document("<p>text", "s", "my_page").title == "my page"


def test_html_without_its_closing_tags_is_read() -> None:
    document = html_document("<head><title>T</title><p>One<p>Two<ul><li>a<li>b", "s", "stem")
    assert (document.title, document.text) == ("T", "One\n\nTwo\n\na\n\nb")


def test_deeply_nested_html_is_read() -> None:
    document = html_document("<div>" * 5000 + "deep" + "</div>" * 5000, "s", "stem")
    assert document.text == "deep"


def test_the_charset_a_page_names() -> None:
    assert declared_charset(b'<meta charset="shift_jis">') == "shift_jis"
    assert declared_charset(b'<meta content="text/html; charset=koi8-r">') == "koi8-r"
    assert declared_charset(b"<p>none</p>") is None


def test_form_controls_are_no_text() -> None:
    markup = "<p>Text.</p><button>Send</button><textarea>draft</textarea>"
    assert html_document(markup, "s", "stem").text == "Text."
