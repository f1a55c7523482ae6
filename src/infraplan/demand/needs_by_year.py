"""Needs by year: who needs what in every year that a plan looks at, kept from one plan to the next.

A place needs the same when another place is switched off, unless one project captures at both: then its cap is shared
out again. So the needs of all places are estimated once per year, and a plan selects those that take part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from infraplan.core import Drawing, Scenario
from infraplan.demand import needs
from infraplan.demand.estimate import describe, estimate_needs
from infraplan.study import SURFACE_FILE, Case, list_places

# answers of a scenario that no need depends on, each with a neutral value
_NEUTRAL: Mapping[str, Any] = {
    "name": "", "title_en": "", "title_nl": "", "about_en": "", "about_nl": "", "year": 0, "carriers": (),
    "co2_value_eur_per_t": {0: 0.0}, "existing_statuses": (), "existing_lines": (), "sites_off": (), "hubs_off": (),
    "co2_cost_model": "", "co2_view": "system", "weights": {},
}  # fmt: skip


@dataclass(frozen=True)
class NeedsByYear:
    """Needs of all places by year, estimated when a year is first wanted.

    Attributes
    ----------
    case : study and scenario, with no site or area switched off.
    depends_on : the scenario without the answers that no need depends on. Cases that have it alike share needs.
    measures : what the projects do in the scenario.
    """

    case: Case
    depends_on: Scenario
    measures: needs.Measures
    _known: dict[int, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def fits(self, case: Case) -> bool:
        """Say whether these are the needs of a case too."""
        return self.case.study.opened is case.study.opened and self.depends_on == _strip(case)

    def everybody_in(self, year: int) -> pd.DataFrame:
        """Return the table of ``estimate_needs`` of a year with every place in it."""
        if year not in self._known:
            self._known[year] = estimate_needs(self.case.in_year(year))
        return self._known[year]

    def needs_in(self, case: Case) -> pd.DataFrame:
        """Return who needs what in the year of a case, without the sites and areas that it switches off."""
        everybody, off = self.everybody_in(case.scenario.year), set(case.scenario.sites_off)
        if not off:
            return everybody
        study = self.case.study
        tied = needs.find_tied(study.sites, self.measures, off) - off
        kept = everybody[~everybody["place_id"].isin(off | tied)]
        if tied:
            others = set(list_places(study)["place_id"]) - tied
            alone = case.changed(sites_off=tuple(sorted(others)))
            kept = pd.concat([kept, estimate_needs(alone)]).sort_values("place_id", kind="stable")
        return kept.reset_index(drop=True)

    def at_milestones(self, case: Case) -> pd.DataFrame:
        """Return who needs what at each milestone and in the year of a case (see ``estimate.needs_by_year``)."""
        years = sorted({*case.study.settings.milestones, case.scenario.year})
        return pd.concat([self.needs_in(case.in_year(year)) for year in years], ignore_index=True)


def estimate_needs_by_year(case: Case, *, start: NeedsByYear | None = None) -> NeedsByYear:
    """Estimate the needs of a case by year.

    Parameters
    ----------
    case : study and scenario.
    start : needs of an earlier plan. They are returned as they are, with all years known so far, if they fit.
    """
    if start is not None and start.fits(case):
        return start
    whole = case.changed(sites_off=()) if case.scenario.sites_off else case
    return NeedsByYear(whole, _strip(case), describe(whole).measures)


def _strip(case: Case) -> Scenario:
    """Return the scenario without the answers that no need depends on."""
    # of what is drawn only sites have needs, and no need depends on the price of ground
    rows = case.study.assumptions.rows.values()
    ground = {f"{row.subject}/{row.parameter}" for row in rows if row.file == SURFACE_FILE}
    changed = {key: value for key, value in case.scenario.assumptions.items() if key not in ground}
    drawn = Drawing(sites=case.scenario.drawing.sites)
    return case.scenario.model_copy(update={**_NEUTRAL, "assumptions": changed, "drawing": drawn})
