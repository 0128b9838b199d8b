"""Spans reach whatever tracer provider the user has set, and only when switched on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kgqa import tracing

trace = pytest.importorskip("opentelemetry.trace", reason="kgqa[tracing] brings it")


class Tracer:
    """Keeps the spans that a tracer of OpenTelemetry would send on."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, dict[str, object]]] = []

    @contextmanager
    def start_as_current_span(self, name: str, attributes: dict[str, object]) -> Iterator[None]:
        self.spans.append((name, attributes))
        yield


@pytest.fixture
def tracer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tracer]:
    tracer = Tracer()
    monkeypatch.setattr(trace, "get_tracer", lambda _name: tracer)
    yield tracer
    tracing.switch_off()


def test_nothing_is_traced_until_it_is_switched_on(tracer: Tracer) -> None:
    @tracing.traced("question")
    def answer(text: str) -> str:
        with tracing.span("batch", documents=2):
            return text

    assert answer("a") == "a"
    assert tracer.spans == []
    tracing.switch_on()
    assert answer("b") == "b"
    assert tracer.spans == [("kgqa.question", {}), ("kgqa.batch", {"kgqa.documents": 2})]


def test_a_span_of_the_real_api_takes_our_attributes() -> None:
    tracing.switch_on()
    try:
        with tracing.span("document", source="a.txt"):
            assert trace.get_current_span() is not None
    finally:
        tracing.switch_off()
