"""Prometheus collectors that cost one dict update an event; samples are built only when they are collected."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, repeat
from operator import add

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

Labels = tuple[str, ...]
Label = str | int


class EventCounter(Collector):
    """A counter. `name` ends in `_total`."""

    def __init__(self, name: str, about: str, labels: Sequence[str] = (), *, registry: CollectorRegistry) -> None:
        self._name, self._about, self._labels = name, about, labels
        self.values: dict[Labels, float] = {}
        registry.register(self)

    def add(self, *labels: str) -> None:
        """Count one event with these label values. Not thread-safe."""
        self.values[labels] = self.values.get(labels, 0) + 1

    def collect(self) -> Iterable[Metric]:
        """The counts so far."""
        family = CounterMetricFamily(self._name, self._about, labels=self._labels)
        for labels, value in list(self.values.items()):
            family.add_metric(labels, value)
        return [family]


class Histogram(Collector):
    """A histogram with fixed bounds."""

    def __init__(self, name: str, about: str, bounds: Sequence[float], *, registry: CollectorRegistry) -> None:
        self._name, self._about, self._bounds = name, about, bounds
        self._row = [0.0] * (len(bounds) + 2)
        registry.register(self)

    def observe(self, value: float) -> None:
        """Count a value in the first bucket whose bound it does not exceed, and add it to the sum."""
        self._row[bisect_left(self._bounds, value)] += 1
        self._row[-1] += value

    def collect(self) -> Iterable[Metric]:
        """The histogram so far, with cumulative buckets."""
        family = HistogramMetricFamily(self._name, self._about, labels=())
        if any(self._row):
            family.add_metric((), _cumulative(self._bounds, self._row), self._row[-1])
        return [family]


class CountedHistogram(Collector):
    """A counter and a histogram of the same events in one table: the last label is the counter's alone."""

    def __init__(
        self,
        counter: tuple[str, str],
        histogram: tuple[str, str],
        bounds: Sequence[float],
        labels: Sequence[str],
        *,
        registry: CollectorRegistry,
    ) -> None:
        self._counter, self._histogram = counter, histogram
        self._labels, self._bounds = labels, bounds
        self.rows: dict[tuple[Label, ...], list[float]] = {}
        registry.register(self)

    def observe(self, value: float, labels: tuple[Label, ...]) -> None:
        """Count an event of this size or duration."""
        row = self.rows.get(labels)
        if row is None:
            row = self.rows[labels] = [0.0] * (len(self._bounds) + 2)
        row[bisect_left(self._bounds, value)] += 1
        row[-1] += value

    def collect(self) -> Iterable[Metric]:
        """The counter, and the histogram over all values of the last label."""
        counter = CounterMetricFamily(*self._counter, labels=self._labels)
        summed: dict[Labels, list[float]] = {}
        for key, row in list(self.rows.items()):
            labels = tuple(map(str, key))
            counter.add_metric(labels, sum(row[:-1]))
            summed[labels[:-1]] = list(map(add, row, summed.get(labels[:-1], repeat(0.0))))
        histogram = HistogramMetricFamily(*self._histogram, labels=self._labels[:-1])
        for labels, row in summed.items():
            histogram.add_metric(labels, _cumulative(self._bounds, row), row[-1])
        return [counter, histogram]


class Gauge(Collector):
    """A gauge with one label: `read` returns the current numbers by label value."""

    def __init__(self, name: str, about: str, label: str, *, registry: CollectorRegistry) -> None:
        self._name, self._about, self._label = name, about, label
        self.read: Callable[[], Mapping[str, float]] = dict
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """The current numbers."""
        family = GaugeMetricFamily(self._name, self._about, labels=[self._label])
        for value, number in self.read().items():
            family.add_metric([value], number)
        return [family]


def _cumulative(bounds: Sequence[float], row: Sequence[float]) -> list[tuple[str, float]]:
    """The buckets of a row, whose last number is the sum of all values."""
    return list(zip([*map(str, bounds), "+Inf"], accumulate(row[:-1]), strict=True))
