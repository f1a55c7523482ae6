"""The outlook: who needs what in every year that a plan looks at, kept from one plan to the next.

What a place needs does not change when another one is switched off, unless a project captures at both and its cap
is shared out again. So the needs of everybody are estimated once, and a plan takes from them who takes part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from infraplan import needs
from infraplan.model import Drawing, Scenario
from infraplan.question import describe, estimate_needs, list_places
from infraplan.study import Study

# answers of a scenario that no need depends on, with what stands in their place
_ASIDE: Mapping[str, Any] = {
    "name": "", "title_en": "", "title_nl": "", "about_en": "", "about_nl": "", "year": 0, "carriers": (),
    "co2_value_eur_per_t": {0: 0.0}, "existing_statuses": (), "existing_lines": (), "sites_off": (), "hubs_off": (),
    "co2_cost_model": "", "co2_view": "system", "weights": {},
}  # fmt: skip


@dataclass(frozen=True)
class Outlook:
    """Needs of every place by year, as if no site or area were switched off.

    asked : the scenario, without what needs do not depend on. measures : what the projects do in it.
    everybody : table of ``question.estimate_needs`` by year.
    """

    study: Study
    asked: Scenario
    measures: needs.Measures
    everybody: Mapping[int, pd.DataFrame]

    def needs_in(self, scenario: Scenario, year: int) -> pd.DataFrame:
        """Return who needs what in one of the years when the scenario's sites and areas are off."""
        off = set(scenario.sites_off)
        everybody = self.everybody[year]
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
        """Return who needs what in every year of the outlook, as ``question.needs_by_year`` would estimate it."""
        return pd.concat([self.needs_in(scenario, year) for year in sorted(self.everybody)], ignore_index=True)


def look_ahead(study: Study, scenario: Scenario, *, start: Outlook | None = None) -> Outlook:
    """Estimate the needs of everybody at the study's milestones and in the scenario's year.

    ``start`` is the outlook of an earlier plan: what it knows already is not estimated again where it fits.
    """
    # of what is drawn, only sites have needs
    asked = scenario.model_copy(update={**_ASIDE, "drawing": Drawing(sites=scenario.drawing.sites)})
    fits = start is not None and _origin(start.study) is _origin(study) and start.asked == asked
    if start is None or not fits:
        start = Outlook(study, asked, describe(study, scenario).measures, {})
    whole = scenario.model_copy(update={"sites_off": ()})
    years = sorted({*study.settings.milestones, scenario.year})
    known = start.everybody
    everybody = {
        year: known[year] if year in known else estimate_needs(study, whole.model_copy(update={"year": year}))
        for year in years
    }
    return replace(start, everybody=everybody)


def _origin(study: Study) -> Study:
    """The study as it was opened."""
    return study.origin or study
