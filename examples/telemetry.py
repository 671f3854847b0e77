"""Send metrics and traces of each request through OpenTelemetry: `telemetry.py 439 829`.

They are printed here. A program of yours takes an exporter for its collector in place of the console's, such as the
OTLPSpanExporter of opentelemetry-exporter-otlp.
"""

from __future__ import annotations

import sys
import time

from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from superoffice import CallEvent, Hooks, SuperOffice


class Telemetry:
    """Hooks that measure each attempt, those that sign in or find the tenant too."""

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        self._tracer = tracer
        self._durations = meter.create_histogram("http.client.request.duration", unit="s")
        self._retries = meter.create_counter("superoffice.retries")

    def measure(self, event: CallEvent) -> None:
        """Record how long an attempt took, and as a span when it was and how it ended."""
        facts = attributes(event)
        seconds, end = event.elapsed or 0.0, time.time_ns()
        self._durations.record(seconds, facts)
        begin = end - round(seconds * 1e9)
        more = {"superoffice.attempt": event.attempt, "superoffice.ids": len(event.ids)}
        name = f"{event.method} {event.path}"
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, start_time=begin, attributes={**facts, **more})
        if event.error is not None:
            span.record_exception(event.error)
        if event.status_code is None or event.status_code >= 400:
            span.set_status(StatusCode.ERROR)
        span.end(end)

    def count(self, event: CallEvent) -> None:
        """Count a retry."""
        self._retries.add(1, attributes(event))


def attributes(event: CallEvent) -> dict[str, str | int]:
    """Return what both have in common, by the names of OpenTelemetry's conventions."""
    found: dict[str, str | int] = {"http.request.method": event.method, "superoffice.kind": event.kind}
    if event.status_code is not None:
        found["http.response.status_code"] = event.status_code
    return found


def main(ids: list[int]) -> None:
    traces, metrics = TracerProvider(), MeterProvider([PeriodicExportingMetricReader(ConsoleMetricExporter())])
    traces.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
    tracer = traces.get_tracer("telemetry")
    telemetry = Telemetry(tracer, metrics.get_meter("telemetry"))
    hooks = Hooks(after=telemetry.measure, on_retry=telemetry.count)
    try:
        with tracer.start_as_current_span("read tickets"), SuperOffice.from_env(hooks=hooks) as client:
            client.tickets.get_many(ids).raise_for_missing()
    finally:
        traces.shutdown()
        metrics.shutdown()


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
