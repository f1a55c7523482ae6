"""Recipes: what a kiloton of a process's CO2 needs on a pathway, in captured CO2, hydrogen, electricity and heat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from infraplan.core import AssumptionError, Problem, tables
from infraplan.demand.needs.ranges import Range, look_up, look_up_peak, look_up_year, subjects_of
from infraplan.study import Assumptions

PIPED_HEAT_BANDS = ("lt100", "100_200")
"""Bands that a heat network carries. The hotter one is only shown."""
CAPTURE_STEAM_BAND = "100_200"
"""Band of the steam that boils the solvent of capture."""
_TEXT = ("process", "pathway", "family", "carrier", "role", "band")
_NUMBERS = ("low", "mode", "high", "replaced", "peak_per_h")


@dataclass(frozen=True)
class Recipe:
    """What 1 kt/a of a process's CO2 needs on a pathway.

    Attributes
    ----------
    per_kt : need per kiloton of CO2 [kt/kt or GWh/kt].
    replaced : share of the CO2 [-] that the need takes away at the stack.
    biogenic_too : whether biogenic CO2 counts as well as fossil CO2.
    """

    carrier: str
    role: str
    per_kt: Range
    replaced: float = 0.0
    band: str = ""
    biogenic_too: bool = False


@dataclass(frozen=True)
class PathwayRecipes:
    """The recipes of one process on one pathway in one year.

    Source: need = CO2 x pathway share x factor; fuel = CO2 x combustion share / emission factor
    (Miro et al. 2018 invert a site's CO2 the same way).
    """

    assumptions: Assumptions
    year: int
    process: str
    pathway: str
    family: str

    def _get(self, parameter: str, unit: str) -> Range:
        return look_up(self.assumptions, self.subjects, parameter=parameter, unit=unit)

    def _at(self, subject: str, prefix: str, unit: str) -> Range:
        return look_up_year(self.assumptions, subject, prefix=prefix, unit=unit, year=self.year)

    @property
    def subjects(self) -> tuple[str, str]:
        """Subjects that may hold a number of this process and pathway."""
        return subjects_of(self.process, self.pathway)

    def recipes(self) -> Iterator[Recipe]:
        """Yield one recipe per need."""
        by_family: dict[str, Callable[[], Iterator[Recipe]]] = {
            "ccs": self._capture,
            "h2": self._hydrogen,
            "electrification": self._electrification,
            "heat_network": self._heat,
        }
        if self.family in by_family:
            yield from by_family[self.family]()
        yield from self._residual_heat()

    def _captured(self) -> Range:
        """CO2 captured per CO2 of the process [-]."""
        return self._get("ccs_coverage", "share") * self._at("co2", "capture_rate", "share")

    def _steam(self) -> Range:
        """Steam for the solvent per CO2 of the process [GWh/kt]. A pure stream needs none."""
        solvent = self._get("pure_stream_share", "share").rest()
        return self._captured() * solvent * self._at("co2", "capture_heat", "mwh_per_t")

    def _capture(self) -> Iterator[Recipe]:
        captured = self._captured()
        by_solvent = self._get("pure_stream_share", "share").rest()
        power_mwh_per_t = self._at("co2", "compression", "mwh_per_t")
        power_mwh_per_t += (
            look_up(self.assumptions, "co2", parameter="capture_electricity", unit="mwh_per_t") * by_solvent
        )
        steam = self._steam() * self._get("capture_steam_fossil_share", "share")
        cooled = look_up(self.assumptions, "co2", parameter="capture_residual_heat", unit="mwh_per_t") * by_solvent
        yield Recipe("co2", "supply", captured, captured.value, biogenic_too=True)
        yield Recipe("electricity", "demand", captured * power_mwh_per_t, biogenic_too=True)
        # steam that the site makes or buys. The rest is its own heat (see _residual_heat). It replaces nothing.
        yield Recipe("heat", "demand", steam, band=CAPTURE_STEAM_BAND, biogenic_too=True)
        yield Recipe("heat", "supply", captured * cooled, band=PIPED_HEAT_BANDS[0], biogenic_too=True)

    def _hydrogen(self) -> Iterator[Recipe]:
        reached = self._get("h2_coverage", "share")
        h2 = reached * self._get("h2_gwh_per_kt_co2", "gwh_per_kt")
        power = reached * self._get("h2_electricity_gwh_per_kt_co2", "gwh_per_kt")
        yield Recipe("h2", "demand", h2, reached.value)
        yield Recipe("electricity", "demand", power)

    def _electrification(self) -> Iterator[Recipe]:
        reached = self._get("electrification_coverage", "share")
        power = reached * self._get("electricity_gwh_per_kt_co2", "gwh_per_kt")
        yield Recipe("electricity", "demand", power, reached.value)

    def _fuel(self) -> Range:
        """Fuel [GWh] per kt of CO2."""
        return self._get("combustion_share", "share") / self._get("fuel_emission_factor", "t_per_mwh")

    def _heat(self) -> Iterator[Recipe]:
        burned = self._get("combustion_share", "share").value
        boiler = look_up(self.assumptions, "heat", parameter="boiler_efficiency", unit="share")
        for band in tables.HEAT_BANDS:
            part = self._get(f"heat_{band}", "share")
            # no network carries the hottest band, so it replaces nothing
            replaced = burned * part.value if band in PIPED_HEAT_BANDS else 0.0
            yield Recipe("heat", "demand", self._fuel() * boiler * part, replaced, band)

    def _residual_heat(self) -> Iterator[Recipe]:
        left = self._get(f"survival_{self.family}", "1")
        for band in PIPED_HEAT_BANDS:
            heat = self._fuel() * self._get(f"residual_{band}", "share") * left
            if band == CAPTURE_STEAM_BAND and self.family == "ccs":
                # heat that the site uses for its own capture is not left for others
                heat = heat.less(self._steam() * self._get("capture_steam_fossil_share", "share").rest())
            yield Recipe("heat", "supply", heat, band=band)


def tabulate(assumptions: Assumptions, ways: Iterable[tuple[str, str, str]], year: int) -> pd.DataFrame:
    """Return one row per recipe of each process, pathway and family, with its keys, formula and peak [1/h] per amount.

    Raises
    ------
    AssumptionError
        With every missing number.
    """
    rows: list[dict[str, object]] = []
    problems: list[Problem] = []
    for process, pathway, family in ways:
        found = PathwayRecipes(assumptions, year, process, pathway, family)
        try:
            peak_per_h = look_up_peak(assumptions, found.subjects)
            rows += [
                {
                    **{name: getattr(found, name) for name in _TEXT[:3]},
                    **{name: getattr(recipe, name) for name in _TEXT[3:]},
                    "low": recipe.per_kt.low,
                    "mode": recipe.per_kt.value,
                    "high": recipe.per_kt.high,
                    "replaced": recipe.replaced,
                    "biogenic_too": recipe.biogenic_too,
                    "peak_per_h": peak_per_h.value,
                    "assumption_keys": ",".join(dict.fromkeys(recipe.per_kt.keys + peak_per_h.keys)),
                    "formula": recipe.per_kt.formula,
                }
                for recipe in found.recipes()
            ]
        except AssumptionError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise AssumptionError(problems)
    table = pd.DataFrame(rows, columns=[*_TEXT, *_NUMBERS, "biogenic_too", "assumption_keys", "formula"])
    return table.astype(dict.fromkeys(_NUMBERS, float) | {"biogenic_too": bool})
