"""Metrics of several workers: each writes its counts to a folder every second; the one that is scraped adds them."""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

_SECONDS_BETWEEN = 1.0
_SECONDS_ALIVE = 5.0
"""A worker that wrote nothing for as long is gone: its counters still count, its gauges do not."""

Family = tuple[str, str, str, list[tuple[str, dict[str, str], float]]]
"""A metric's name, help text, type and samples."""


class SharedMetrics(Collector):
    """The metrics of a registry; with a `folder`, added to those that other processes write there."""

    def __init__(self, registry: CollectorRegistry, folder: Path | None) -> None:
        self._registry, self._folder = registry, folder
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}.json"

    def text(self) -> bytes:
        """The Prometheus text format, version 0.0.4; other workers' counts are at most a second old."""
        return generate_latest(self)

    def collect(self) -> Iterable[Metric]:
        """Every metric, its samples added up over the processes."""
        sums: dict[str, tuple[Metric, dict[tuple[str, tuple[tuple[str, str], ...]], float]]] = {}
        for name, about, kind, samples in (*self._own(), *self._others()):
            _, values = sums.setdefault(name, (Metric(name, about, kind), {}))
            for sample, labels, value in samples:
                key = (sample, tuple(labels.items()))
                values[key] = values.get(key, 0) + value
        for metric, values in sums.values():
            for (sample, pairs), value in values.items():
                metric.add_sample(sample, dict(pairs), value)
            yield metric

    async def write_periodically(self) -> None:
        """Write the counts of this process to the folder, once a second and at the end."""
        try:
            while self._folder:
                self._write(self._folder)
                await asyncio.sleep(_SECONDS_BETWEEN)
        finally:
            if self._folder:
                self._write(self._folder)

    def _own(self) -> list[Family]:
        families = []
        for metric in self._registry.collect():
            samples = [(s.name, dict(s.labels), s.value) for s in metric.samples if not s.name.endswith("_created")]
            families.append((metric.name, metric.documentation, metric.type, samples))
        return families

    def _others(self) -> Iterable[Family]:
        for path in self._folder.glob("*.json") if self._folder else ():
            if path.name == self._name:
                continue
            with contextlib.suppress(OSError, msgspec.DecodeError):
                alive = time.time() - path.stat().st_mtime < _SECONDS_ALIVE
                left: list[Any] = msgspec.json.decode(path.read_bytes(), type=list[Family])
                yield from (family for family in left if alive or family[2] != "gauge")

    def _write(self, folder: Path) -> None:
        with contextlib.suppress(OSError):  # the next one may go well
            beside = folder / f"{self._name}.new"
            beside.write_bytes(msgspec.json.encode(self._own()))
            beside.replace(folder / self._name)
