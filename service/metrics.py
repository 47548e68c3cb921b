"""What the service counts, in the words of Prometheus: one registry for each app, and no label that users write."""

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from translator.document import Translation

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128)
TOKENS: Final = (16, 32, 64, 128, 256, 512, 1024, 2048)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """All counters of one app. It is also the scheduler's observer. Thread-safe."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._requests = Counter(
            "passerelle_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self._errors = Counter("passerelle_errors", "Requests that failed, by cause", ["cause"], registry=registry)
        self._request_seconds = Histogram(
            "passerelle_request_seconds", "Time to answer", ["route"], buckets=SECONDS, registry=registry
        )
        self._stage_seconds = Histogram(
            "passerelle_stage_seconds",
            "Time in one stage: queue (oldest segment of a batch), engine (a batch), pipeline (a whole call)",
            ["stage"],
            buckets=SECONDS,
            registry=registry,
        )
        self._batch_segments = Histogram(
            "passerelle_batch_segments", "Segments in a batch", buckets=SIZES, registry=registry
        )
        self._batch_tokens = Histogram(
            "passerelle_batch_tokens", "Source pieces in a batch", buckets=TOKENS, registry=registry
        )
        self._tokens = Counter("passerelle_tokens", "Source pieces translated", registry=registry)
        self._characters = Counter("passerelle_characters", "Characters of requests translated", registry=registry)
        self._segments = Counter("passerelle_segments", "Segments, by how they came out", ["status"], registry=registry)
        self._entities = Counter("passerelle_entities", "Entities, by how they came out", ["status"], registry=registry)
        self._jobs = Counter("passerelle_jobs", "Jobs that came to an end", ["state"], registry=registry)

    def watch(self, name: str, description: str, read: Callable[[], float]) -> None:
        """A gauge that is read when the metrics are."""
        Gauge(name, description, registry=self.registry).set_function(read)

    def request_finished(self, method: str, route: str, status: int, seconds: float, cause: str | None) -> None:
        self._requests.labels(method, route, status).inc()
        self._request_seconds.labels(route).observe(seconds)
        if cause is not None:
            self._errors.labels(cause).inc()

    def batch_finished(self, *, segments: int, tokens: int, waited_s: float, seconds: float) -> None:
        self._batch_segments.observe(segments)
        self._batch_tokens.observe(tokens)
        self._tokens.inc(tokens)
        self._stage_seconds.labels("queue").observe(waited_s)
        self._stage_seconds.labels("engine").observe(seconds)

    def stage_finished(self, stage: str, seconds: float) -> None:
        self._stage_seconds.labels(stage).observe(seconds)

    def translated(self, translations: Iterable[Translation], characters: int) -> None:
        self._characters.inc(characters)
        for translation in translations:
            for segment in translation.segments:
                self._segments.labels(segment.status).inc()
                for entity in segment.entities:
                    self._entities.labels(entity.status).inc()

    def job_finished(self, state: str) -> None:
        self._jobs.labels(state).inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)
