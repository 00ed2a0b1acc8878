import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def progress(label: str, total: float, unit: str) -> Iterator[Callable[..., object]]:
    """A bar on standard error, if that is a terminal. Gives a function that is told how many of TOTAL are done: 1."""
    with tqdm(
        total=total,
        desc=label,
        unit=unit,
        unit_scale=unit == "B",
        file=sys.stderr,
        disable=not sys.stderr.isatty(),
        leave=False,
    ) as bar:
        yield bar.update
