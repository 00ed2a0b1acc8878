import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def progress(label: str, total: int, unit: str) -> Iterator[Callable[[], object]]:
    """A bar on standard error, if that is a terminal. Gives a function to be called at each of TOTAL steps."""
    with tqdm(total=total, desc=label, unit=unit, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False) as bar:
        yield bar.update
