"""A part of a running command that can be watched: what it measures, and why it can't do its work."""

from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

Row = tuple[tuple[str, ...], float]  # the labels' values, and the number


class Part(Collector):
    """One hop. `sample` looks at the world, in the thread of its own that operations have; a scrape tells what it saw.

    So scrapes, however many, neither touch the disk nor what works; and the numbers of one look belong together.
    """

    def sample(self) -> None:
        """Look, and keep what was seen. Errors: any; it is logged, and looked again."""

    def collect(self) -> Iterable[Metric]:
        """What was seen, as Prometheus has it."""
        return ()

    def problems(self) -> Iterator[str]:
        """Why it can't do its work now. A reason names no value."""
        yield from ()


def gauge(name: str, text: str, labels: tuple[str, ...], rows: Iterable[Row]) -> GaugeMetricFamily:
    """A gauge with its ROWS."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def counter(name: str, text: str, labels: tuple[str, ...], rows: Iterable[Row]) -> CounterMetricFamily:
    """A counter (its name gets `_total`) with its ROWS."""
    family = CounterMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family
