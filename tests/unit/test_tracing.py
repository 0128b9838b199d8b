"""Spans reach the tracer provider that the user has set, and only when switched on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kgqa import tracing

trace = pytest.importorskip("opentelemetry.trace", reason="kgqa[tracing] brings it")
sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="kgqa[dev] brings it")

Spans = Callable[[], list[tuple[str, dict[str, object]]]]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    """What OpenTelemetry's own exporter in memory holds: names and attributes, as they ended."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)  # the global one is set but once
    yield lambda: [(s.name, dict(s.attributes or {})) for s in exporter.get_finished_spans()]
    tracing.switch_off()


def test_nothing_is_traced_until_it_is_switched_on(spans: Spans) -> None:
    @tracing.traced("question")
    def answer(text: str) -> str:
        with tracing.span("batch", documents=2):
            return text

    assert answer("a") == "a"
    assert spans() == []
    tracing.switch_on()
    assert answer("b") == "b"
    assert spans() == [("kgqa.batch", {"kgqa.documents": 2}), ("kgqa.question", {})]


def test_an_ingest_and_a_question_leave_their_spans(
    spans: Spans,
    tiny_backbone_folder: Path,
    tiny_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kgqa.config import load_settings
    from kgqa.documents.read import read_documents
    from kgqa.models import Models
    from kgqa.pipeline import ask, ingest
    from kgqa.store.open import open_store
    from kgqa.types import Question

    monkeypatch.setenv("KGQA_BACKBONE", str(tiny_backbone_folder))
    monkeypatch.setenv("KGQA_WEIGHTS", str(tiny_weights))
    settings = load_settings()
    assert settings.tracing is False
    for number in range(2):
        (tmp_path / f"{number}.txt").write_text("Ada Lovelace was born in London.")
    tracing.switch_on()
    with open_store(f"sqlite:///{tmp_path}/graph.db") as store:
        models = Models(settings)
        ingest(read_documents([str(tmp_path / f"{n}.txt") for n in range(2)]), store, models)
        ask(Question("q", "Where was Ada Lovelace born?"), store, models)
    assert [name for name, _ in spans()] == [
        "kgqa.batch",
        "kgqa.document",
        "kgqa.document",
        "kgqa.question",
    ]
    assert spans()[0][1] == {"kgqa.documents": 2}
