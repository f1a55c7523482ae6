"""A table of needs as arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.core import HEAT_BANDS, FloatArray, IntArray
from infraplan.demand.needs import PIPED_HEAT_BANDS

BoolArray = npt.NDArray[np.bool_]


class Rows:
    """A table of needs as arrays, laid out once; ``ways`` are its pairs of process and pathway."""

    def __init__(self, needs: pd.DataFrame) -> None:
        def words(column: str) -> npt.NDArray[np.object_]:
            return needs[column].to_numpy(dtype=object)

        def numbers(column: str) -> FloatArray:
            return needs[column].to_numpy(dtype=float)

        carrier, role, band, family = (words(name) for name in ("carrier", "role", "band", "family"))
        self.co2, self.h2, self.heat, self.power = (carrier == c for c in ("co2", "h2", "heat", "electricity"))
        self.demand, self.supply = role == "demand", role == "supply"
        piped = np.isin(band.astype(str), PIPED_HEAT_BANDS)
        # Not the hottest heat, and not the steam of capture: the solvent boils at 120 degC, as hot as the water in
        # the pipes, and the steam is only needed where the CO2 finds its own pipe. Its fossil part is charged to that.
        self.rides = ~self.heat | (piped & ~(self.demand & (family == "ccs")))
        self.sources = self.heat & self.supply & (band != HEAT_BANDS[0]) & piped
        self.electrified = self.power & (family == "electrification")
        self.areas = words("kind") == "heat_area"
        self.amount, self.replaced = numbers("amount"), numbers("replaced_kt_per_a")
        self.biogenic = numbers("biogenic_kt_per_a")
        self.ways, self.way = _number(words("process"), words("pathway"))
        self.places, self.place = _number(words("kind"), words("place_id"))
        self.limit = np.empty(len(self.places))
        self.limit[self.place[::-1]] = numbers("baseline_kt_per_a")[::-1]  # the first row of a place counts
        self.helping_gwh = self._helping_power_gwh()

    def _helping_power_gwh(self) -> FloatArray:
        """Electricity [GWh/a] that the same process of the same place needs for the same pathway as each need."""
        keys = self.place * len(self.ways) + self.way
        power = np.zeros(len(self.places) * len(self.ways))
        power[keys[self.power]] = self.amount[self.power]
        return np.asarray(power[keys])


def _number(*columns: npt.NDArray[np.object_]) -> tuple[list[tuple[str, ...]], IntArray]:
    """Return the distinct rows of some columns, and the number of each row among them."""
    rows = list(zip(*columns, strict=True))
    number = {row: i for i, row in enumerate(dict.fromkeys(rows))}
    return list(number), np.array([number[row] for row in rows], dtype=np.int64)
