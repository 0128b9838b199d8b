"""The HTML page of one ingest: one file that asks for nothing else."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kgqa.evaluate.ingest_finds import DocumentFinds, FindsReport, SilentSentence
from kgqa.evaluate.ingest_style import STYLE
from kgqa.types import READ_LANGUAGE, Refusal, Rejection

LISTED = 500
"""Documents that the page lists; of more it says how many."""
_OPEN = 20
_NAMES = 100
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_FIGURES = ("passages", "mentions", "entities", "triples", "gave nothing")


def ingest_page(
    report: FindsReport,
    relations: Mapping[str, str],
    *,
    when: str,
    dry_run: bool = False,
    interrupted: bool = False,
) -> str:
    """A self-contained page of what was taken, what was not and why, and what was found.

    Args:
        relations: ids of the ontology's relations to their labels.
        when: the day and time, as it is shown.
        dry_run: nothing was extracted, so that only what was read can be told.
        interrupted: it is what was done so far.
    """
    notes = []
    if interrupted:
        notes.append("Interrupted: this is what was done so far; the same command goes on.")
    if dry_run:
        notes.append("A dry run: documents were read, nothing was extracted or written.")
    body = "\n".join(
        (
            "<h1>What the ingest did</h1>",
            f'<p class="when">{_text(when)}</p>',
            *(f'<p class="note">{note}</p>' for note in notes),
            _counts(report),
            _kinds(report),
            _rejections(report.rejections),
            "" if dry_run else _documents(report.documents),
            "" if dry_run else _silent(report.documents, report.examples),
            "" if dry_run else _refused(report.refusals, relations),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>kgqa ingest</title><style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _counts(report: FindsReport) -> str:
    counts = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "retired": report.retired,
        "rejected": len(report.rejections),
    }
    shown = "".join(
        f"<li{' class=bad' if name == 'rejected' and n else ''}><b>{n:,}</b> {name}</li>"
        for name, n in counts.items()
        if n or name != "retired"
    )
    return f'<ul class="counts">{shown}</ul>'


def _kinds(report: FindsReport) -> str:
    # What a watch read twice is one document; a dry run keeps none.
    documents = report.documents
    formats = Counter(d.format for d in documents) or report.formats
    languages = Counter(d.language for d in documents) or report.languages
    parts = [
        _section("By format", _table(("format", "documents"), _known(formats))),
        _section("By language", _table(("language", "documents"), _known(languages))),
    ]
    unread = {code: n for code, n in languages.items() if code not in ("", READ_LANGUAGE)}
    said = ""
    if unread:
        said = (
            f'<p class="note">{sum(unread.values()):,} in languages that the weights do not read '
            f"({_text(', '.join(f'{code} {n}' for code, n in unread.items()))}): stored and "
            "searchable, nothing extracted.</p>"
        )
    return f'<div class="beside">{"".join(parts)}</div>{said}'


def _known(counts: Counter[str]) -> list[tuple[str, str]]:
    return [(name or "not known", f"{n:,}") for name, n in counts.most_common()]


def _rejections(rejections: Sequence[Rejection]) -> str:
    groups: dict[str, list[Rejection]] = {}
    for rejection in rejections:
        groups.setdefault(rejection.reason, []).append(rejection)
    if not groups:
        return _section("Rejected", "<p>None.</p>")
    shown = "".join(
        _details(
            f"{_text(reason)}: {len(group):,}",
            "<ul>" + "".join(map(_rejection, group)) + "</ul>",
            is_open=len(group) <= _OPEN,
        )
        for reason, group in sorted(groups.items(), key=lambda pair: -len(pair[1]))
    )
    return _section(f"Rejected: {len(rejections):,}", shown)


def _rejection(rejection: Rejection) -> str:
    detail = f'<div class="detail">{_text(rejection.detail)}</div>' if rejection.detail else ""
    return f"<li>{_text(rejection.source)}{detail}</li>"


def _documents(documents: Sequence[DocumentFinds]) -> str:
    if not documents:
        return _section("Found in each document", "<p>No document.</p>")
    heads = "".join(f"<th>{head}</th>" for head in ("document", *_FIGURES))
    rows = "".join(map(_document, documents[:LISTED]))
    more = len(documents) - LISTED
    told = f"<p>And {more:,} more documents, with fewer triples.</p>" if more > 0 else ""
    totals = (
        f"<p>{sum(d.passages for d in documents):,} passages, "
        f"{sum(d.mentions for d in documents):,} mentions and "
        f"{sum(d.triples for d in documents):,} triples in {len(documents):,} documents, the most "
        "triples first. Entities are counted within each document; the last column are "
        "sentences of prose in which nothing was found.</p>"
    )
    table = f'<table class="found"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    none = [d for d in documents if not d.triples]
    return _section("Found in each document", totals + table + told + _without_triples(none))


def _document(document: DocumentFinds) -> str:
    silent = f"{document.silent:,} of {document.sentences:,}"
    numbers = (document.passages, document.mentions, document.clusters, document.triples)
    figures = [*(f"{number:,}" for number in numbers), silent]
    cells = "".join(
        f'<td data-head="{head}">{figure}</td>'
        for head, figure in zip(_FIGURES, figures, strict=True)
    )
    kind = ", ".join(word for word in (document.format, document.language) if word)
    named = f"<b>{_text(document.title)}</b> " if document.title else ""
    beside = f' <span class="kind">{_text(kind)}</span>' if kind else ""
    place = f'<div class="detail">{_text(document.source)}</div>'
    return f"<tr><th>{named}{beside}{place}</th>{cells}</tr>"


def _without_triples(documents: Sequence[DocumentFinds]) -> str:
    if not documents:
        return ""
    named = "".join(f"<li>{_text(document.source)}</li>" for document in documents[:_NAMES])
    more = len(documents) - _NAMES
    last = f"<p>And {more:,} more.</p>" if more > 0 else ""
    return _details(f"Without a triple: {len(documents):,}", f"<ul>{named}</ul>{last}")


def _silent(documents: Sequence[DocumentFinds], examples: Sequence[SilentSentence]) -> str:
    sentences = sum(document.sentences for document in documents)
    silent = sum(document.silent for document in documents)
    share = f" ({silent / sentences:.0%})" if sentences else ""
    said = (
        f"<p>{silent:,} of {sentences:,} sentences of prose{share} hold no name and state no "
        "relation that was found."
    )
    drawn = " Some of them, drawn evenly:</p>" if examples else "</p>"
    shown = "".join(f"<li>{_example(example)}</li>" for example in examples)
    return _section("Sentences that gave nothing", f"{said}{drawn}<ul>{shown}</ul>")


def _example(example: SilentSentence) -> str:
    place = [example.source, *([f"page {example.page}"] if example.page else []), example.section]
    where = ", ".join(_text(word) for word in place if word)
    return f'<q>{_text(example.text, 500)}</q><div class="detail">{where}</div>'


def _refused(refusals: Sequence[Refusal], relations: Mapping[str, str]) -> str:
    rows = [
        (
            f"{relations.get(refusal.relation, '')} ({refusal.relation})".strip(),
            f"{refusal.head_type} → {refusal.tail_type}",
            f"{refusal.count:,}",
        )
        for refusal in refusals
    ]
    if not rows:
        return _section("Relations that the ontology refused", "<p>None.</p>")
    table = _table(("relation", "from → to", "times"), rows)
    said = "<p>The ontology does not let these relations join things of these types.</p>"
    return _section("Relations that the ontology refused", said + table)


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _details(title: str, body: str, *, is_open: bool = False) -> str:
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>{body}</details>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The last column are figures."""
    head = "".join(f"<th>{_text(word)}</th>" for word in heads)
    lines = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<table class="few"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>'


def _text(text: str, limit: int = 2000) -> str:
    """Text of a document or its name, which can change nothing around it."""
    words = " ".join(text.split())
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words[:limit])
    return f"<bdi>{html.escape(shown)}{'…' if len(words) > limit else ''}</bdi>"
