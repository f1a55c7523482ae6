"""Rates: what each item of an account is per unit, from the assumptions of one year."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np

from infraplan.core import AssumptionError, FloatArray, Phrase, Problem
from infraplan.demand.abatement.rows import BoolArray, Rows
from infraplan.demand.needs import Range, look_up, look_up_year, subjects_of
from infraplan.study import Assumptions

_SHARE_TOLERANCE = 1e-6
_MIX = "mix_share"


class Rates:
    """The assumptions of one year, and the rates that follow from them for each row of the needs."""

    def __init__(self, assumptions: Assumptions, year: int) -> None:
        self._assumptions = assumptions
        self._year = year
        self._by_year: dict[tuple[str, str], Range] = {}

    def get(self, subject: str | tuple[str, str], parameter: str, unit: str) -> Range:
        return look_up(self._assumptions, subject, parameter=parameter, unit=unit)

    def at(self, subject: str, prefix: str, unit: str) -> Range:
        if (subject, prefix) not in self._by_year:
            found = look_up_year(self._assumptions, subject, prefix=prefix, unit=unit, year=self._year)
            self._by_year[subject, prefix] = found
        return self._by_year[subject, prefix]

    def h2_t_per_mwh(self) -> Range:
        """What making and transporting hydrogen emits [t/MWh], by the year's mix of origins."""
        origins = _origins(self._assumptions)
        shares = {origin: self.at(origin, _MIX, "share") for origin in origins}
        total = math.fsum(share.value for share in shares.values())
        if abs(total - 1.0) > _SHARE_TOLERANCE:
            raise AssumptionError(
                Problem(
                    "need.hydrogen_mix",
                    {
                        "year": self._year,
                        "total": total,
                        "mix": _MIX,
                        "origins": tuple(origins) or Phrase("phrase.where_hydrogen_comes_from"),
                    },
                    "data/assumptions",
                )
            )
        parts = [shares[origin] * self.at(origin, "emission_factor", "t_per_mwh") for origin in origins]
        return reduce(operator.add, parts)

    def steam_t_per_t(self, of: tuple[str, str]) -> Range:
        """CO2 of the extra fossil steam that capture takes [t per t captured]."""
        steam_mwh_per_t = self.get(of, "pure_stream_share", "share").rest() * self.at(
            "co2", "capture_heat", "mwh_per_t"
        )
        burned = steam_mwh_per_t * self.get(of, "capture_steam_fossil_share", "share")
        return burned * self.get("gas", "emission_factor", "t_per_mwh") / self.get("heat", "boiler_efficiency", "share")

    def rate(self, item: str, process: str, pathway: str) -> Range:
        """Return what an item of an account is per unit, or per MWh of power for items of power."""
        of = subjects_of(process, pathway)
        made: Mapping[str, Callable[[], Range]] = {
            "leak": lambda: self.get("co2", "leak_share", "share"),
            "transport": lambda: self.get("co2", "transport_emission", "t_per_t"),
            "steam": lambda: self.steam_t_per_t(of),
            "origin": self.h2_t_per_mwh,
            "pumping": lambda: (
                self.get("heat", "electricity_per_heat", "1") * self.at("electricity", "emission_factor", "t_per_mwh")
            ),
            "power": lambda: self.at("electricity", "emission_factor", "t_per_mwh"),
            "removal": lambda: self.get("co2", "removal_credit", "share"),
            "capture": lambda: self.get(of, "capture_cost", "eur_per_t"),
            "gas": lambda: self.get(of, "h2_gas_saved", "1") * self.at("gas", "price", "eur_per_mwh"),
            "coal": lambda: self.get(of, "h2_coal_saved", "1") * self.at("coal", "price", "eur_per_mwh"),
            "support": lambda: self.get("h2", "support", "eur_per_mwh"),
            "conversion": lambda: self.get(of, "h2_conversion_cost", "eur_per_mwh"),
            "bought_power": lambda: self.at("power", "price", "eur_per_mwh"),
            "boiler": lambda: self.at("gas", "price", "eur_per_mwh") / self.get("heat", "boiler_efficiency", "share"),
            "home_boiler": lambda: (
                self.at("gas", "price", "eur_per_mwh") / self.get("heat_area", "boiler_efficiency", "share")
            ),
            "station": lambda: self.get("heat", "station_cost", "eur_per_mwh"),
            "moving": lambda: self.get("heat", "electricity_per_heat", "1") * self.at("power", "price", "eur_per_mwh"),
            "retail": lambda: self.get("heat_area", "retail_premium", "eur_per_mwh"),
            "distribution": lambda: self.get("heat_area", "distribution_cost", "eur_per_mwh"),
            "source": lambda: self.get(of, "heat_source_cost", "eur_per_mwh"),
        }
        return made[item]()

    def rates(self, item: str, rows: Rows, which: BoolArray) -> FloatArray:
        """The rate of the process and pathway of ``which`` rows."""
        return self._spread(rows, which, lambda way: self.rate(item, *way))

    def by_way(self, rows: Rows, which: BoolArray, parameter: str, unit: str) -> FloatArray:
        """The number of the process and pathway of ``which`` rows."""
        return self._spread(rows, which, lambda way: self.get(subjects_of(*way), parameter, unit))

    def _spread(self, rows: Rows, which: BoolArray, find: Callable[[tuple[str, str]], Range]) -> FloatArray:
        way = rows.way[which]
        values = np.zeros(len(rows.ways))
        for number in np.unique(way).tolist():
            process, pathway = rows.ways[number]
            values[number] = find((process, pathway)).value
        return np.asarray(values[way], dtype=float)


def _origins(assumptions: Assumptions) -> list[str]:
    """Return the origins of hydrogen in the mix."""
    return sorted({subject for subject, parameter in assumptions.rows if parameter.startswith(f"{_MIX}_")})
