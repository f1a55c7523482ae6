"""The outlook: who needs what in every year that a plan looks at, kept from one plan to the next.

What a place needs does not change when another one is switched off, unless a project captures at both and its cap
is shared out again. So the needs of everybody are estimated once, and a plan takes from them who takes part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from infraplan.core import Drawing, Scenario
from infraplan.demand import needs
from infraplan.demand.estimate import describe, estimate_needs
from infraplan.study import SURFACE_FILE, Study, list_places

# answers of a scenario that no need depends on, with what stands in their place
_ASIDE: Mapping[str, Any] = {
    "name": "", "title_en": "", "title_nl": "", "about_en": "", "about_nl": "", "year": 0, "carriers": (),
    "co2_value_eur_per_t": {0: 0.0}, "existing_statuses": (), "existing_lines": (), "sites_off": (), "hubs_off": (),
    "co2_cost_model": "", "co2_view": "system", "weights": {},
}  # fmt: skip


@dataclass(frozen=True)
class NeedsByYear:
    """Needs of every place by year, as if no site or area were switched off; estimated when first asked for.

    asked : the scenario, without what needs do not depend on. whole : the scenario with no site switched off.
    measures : what the projects do in it.
    """

    study: Study
    asked: Scenario
    whole: Scenario
    measures: needs.Measures
    _known: dict[int, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def everybody_in(self, year: int) -> pd.DataFrame:
        """Return the table of ``question.estimate_needs`` of a year for everybody."""
        if year not in self._known:
            self._known[year] = estimate_needs(self.study, self.whole.model_copy(update={"year": year}))
        return self._known[year]

    def needs_in(self, scenario: Scenario, year: int) -> pd.DataFrame:
        """Return who needs what in a year when the scenario's sites and areas are off."""
        off = set(scenario.sites_off)
        everybody = self.everybody_in(year)
        if not off:
            return everybody
        tied = needs.find_tied(self.study.sites, self.measures, off) - off
        kept = everybody[~everybody["place_id"].isin(off | tied)]
        if tied:
            others = set(list_places(self.study)["place_id"]) - tied
            alone = scenario.model_copy(update={"year": year, "sites_off": tuple(sorted(others))})
            kept = pd.concat([kept, estimate_needs(self.study, alone)]).sort_values("place_id", kind="stable")
        return kept.reset_index(drop=True)

    def needs_by_year(self, scenario: Scenario) -> pd.DataFrame:
        """Return who needs what at each milestone and in the scenario's year (see ``question.needs_by_year``)."""
        years = sorted({*self.study.settings.milestones, scenario.year})
        return pd.concat([self.needs_in(scenario, year) for year in years], ignore_index=True)


def look_ahead(study: Study, scenario: Scenario, *, start: NeedsByYear | None = None) -> NeedsByYear:
    """Look ahead from a scenario; an earlier outlook is kept where it fits, with all it knows already."""
    # of what is drawn, only sites have needs; and none of them depends on what ground costs
    ground = {f"{row.subject}/{row.parameter}" for row in study.assumptions.rows.values() if row.file == SURFACE_FILE}
    changed = {key: value for key, value in scenario.assumptions.items() if key not in ground}
    drawn = Drawing(sites=scenario.drawing.sites)
    asked = scenario.model_copy(update={**_ASIDE, "assumptions": changed, "drawing": drawn})
    if start is not None and _origin(start.study) is _origin(study) and start.asked == asked:
        return start
    return NeedsByYear(study, asked, scenario.model_copy(update={"sites_off": ()}), describe(study, scenario).measures)


def _origin(study: Study) -> Study:
    """The study as it was opened."""
    return study.origin or study
