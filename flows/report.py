"""The Markdown reports that the flows leave in Prefect's interface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kgqa.store.records import Stats
from kgqa.types import IngestReport

_SHOWN = 200


def ingest_record(report: IngestReport) -> dict[str, Any]:
    """The report as one JSON object, as `kgqa ingest --json` has it."""
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "retired": report.retired,
        "rejected": len(report.rejections),
        "rejections": [
            {"source": r.source, "reason": r.reason, "detail": r.detail} for r in report.rejections
        ],
        "formats": _named(report.formats),
        "languages": _named(report.languages),
        "unread_languages": report.unread_languages,
    }


def ingest_markdown(report: IngestReport, stats: Stats) -> str:
    """Counts, rejections and what the graph is like now."""
    counts = ("added", "updated", "unchanged", "retired")
    rows = [(name, getattr(report, name)) for name in counts]
    refused = Counter[str]()
    for refusal in report.refused:
        refused[refusal.relation] += refusal.count
    parts = [
        "# Ingest",
        table(("documents", "number"), [*rows, ("rejected", len(report.rejections))]),
        "## Quality",
        table(("measure", "value"), _quality(stats, sum(refused.values()))),
        "## Read",
        _read(report),
        "## Rejections",
        _rejections(report),
    ]
    return "\n\n".join(parts) + "\n"


def training_markdown(part: str, out: str, metrics: Mapping[str, float]) -> str:
    rows = [(name, f"{value:.2f}") for name, value in metrics.items()]
    return f"# {part} trained\n\nIn `{out}`.\n\n" + table(("metric", "value"), rows) + "\n"


def evaluation_markdown(evaluation: Mapping[str, Any]) -> str:
    """The quality table of `kgqa evaluate --json`: figures with 95 % intervals."""
    rows = [
        (name, f"{metric['value']:.2f}", f"[{metric['low']:.2f}, {metric['high']:.2f}]")
        for name, metric in evaluation["metrics"].items()
    ]
    settings = [(name, value) for name, value in evaluation["settings"].items()]
    parts = [
        f"# {evaluation['task']}, n = {evaluation['n']}",
        table(("metric", "%", "95 % interval"), rows),
        table(("setting", "value"), settings),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; what a cell says cannot leave it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(str(cell)) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    shown = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return shown.replace("<", "&lt;").replace("[", "\\[")


def _quality(stats: Stats, refused: int) -> list[tuple[str, object]]:
    each = max(stats.documents, 1)
    return [
        *((name, getattr(stats, name)) for name in _SIZES),
        ("triples a document", f"{stats.triples / each:.2f}"),
        ("evidence a triple", f"{stats.evidence / max(stats.triples, 1):.2f}"),
        ("relations that the ontology refused", refused),
        ("digest", stats.digest),
    ]


_SIZES = ("documents", "passages", "entities", "triples", "evidence")


def _named(counts: Counter[str]) -> dict[str, int]:
    return {name or "unknown": n for name, n in counts.most_common()}


def _read(report: IngestReport) -> str:
    """Documents by format and by language."""
    unread = report.unread_languages
    languages = [
        (name, n, "stored, nothing extracted" if name in unread else "")
        for name, n in _named(report.languages).items()
    ]
    return "\n\n".join(
        (
            table(("format", "documents"), _named(report.formats).items()),
            table(("language", "documents", ""), languages),
        )
    )


def _rejections(report: IngestReport) -> str:
    if not report.rejections:
        return "None."
    reasons = Counter(rejection.reason for rejection in report.rejections)
    by_reason = table(("reason", "documents"), reasons.most_common())
    rows = [(r.source, r.reason, r.detail) for r in report.rejections[:_SHOWN]]
    text = by_reason + "\n\n" + table(("source", "reason", "detail"), rows)
    more = len(report.rejections) - _SHOWN
    return text + (f"\n\nand {more} more, in the run's result" if more > 0 else "")
