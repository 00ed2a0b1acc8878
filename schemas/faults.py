"""Rows of a file that are in fault: the first one ends the reading, or each is set aside, named and counted."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from schemas.errors import SettingsError
from schemas.tables import Table

NAMED = 5  # rows of one fault that are named; of the others there is only the number


@dataclass(slots=True)
class Checked:
    """The rows of the file PATH while they are checked. With `aside` a row in fault is set aside, else it is an error.

    A row counts under the first fault that is found in it. `faults` are rows of schemas.tables.TABLE_FAULTS.
    """

    path: Path
    aside: bool = False
    faults: list[dict[str, Any]] = field(default_factory=list)
    sound: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))  # a flag for each row
    _at: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  # its place below the column names

    def begin(self, rows: int, ragged: list[int], reason: str) -> None:
        """There are so many ROWS; those at RAGGED, counted from 1, are none of them, for REASON.

        Errors:  SettingsError, also if there is no other: then it isn't the rows that are in fault.
        """
        if ragged and not (self.aside and rows):
            raise SettingsError(f"{self.path} row {ragged[0] + 1}", "row", reason)
        self._at = np.setdiff1d(np.arange(1, rows + len(ragged) + 1), ragged)
        self.sound = np.ones(rows, np.bool_)
        if ragged:
            self._tell(np.array(ragged), None, reason)

    def refuse(self, wrong: ArrayLike, column: str, reason: str) -> None:
        """The rows that are WRONG (a flag each) are in fault. Errors: SettingsError, unless they are set aside."""
        found = np.asarray(wrong, np.bool_) & self.sound
        if not found.any():
            return
        if not self.aside:
            raise SettingsError(f"{self.path} row {self._at[found][0] + 1}", column, reason)
        self._tell(self._at[found], column, reason)
        self.sound &= ~found

    def kept(self, table: Table, rows: pa.Table) -> pa.Table:
        """Those of ROWS that are sound. What an explanation names them by is their place in the file all the same."""
        if not self.faults:
            return rows
        return table.numbered(rows, pa.array(self._at)).filter(pa.array(self.sound))

    def _tell(self, places: NDArray[np.int64], column: str | None, reason: str) -> None:
        name = self.path.stem
        self.faults.append(
            {
                "relation": name,
                "field": column,
                "reason": reason,
                "number": len(places),
                "first_rows": [f"{name}:{place}" for place in places[:NAMED].tolist()],
            }
        )
