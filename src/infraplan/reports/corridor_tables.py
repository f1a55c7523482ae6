"""Tables of a plan for the reader: ranking, build order, places left out, networks, and one corridor."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from infraplan.analysis import counter_proposals
from infraplan.core import ANNUAL_UNIT, CARRIERS, begin, name_unit, translate_word
from infraplan.plan import Plan
from infraplan.reports import plan_tables
from infraplan.reports.listings import name_carrier, name_carriers
from infraplan.study import name_places

PLACE_COLUMNS = ["carrier", "name", "amount", "unit", "reason", "break_even_co2_value_eur_per_t"]


@dataclass(frozen=True)
class Covered:
    """A no-go area, the places under it, and the distance at which their pipes start [km]; None: out of reach."""

    area: str
    places: tuple[str, ...]
    moved_km: float | None


def list_covered(plan: Plan, language: str) -> list[Covered]:
    """Return the places under each no-go area, separately for those that pipes still reach."""
    table = counter_proposals.list_covered(plan)
    names = name_places(plan.study, language=language)
    return [
        Covered(str(area), tuple(sorted(names[rows["place_id"]])), float(rows["moved_km"].max()) if reached else None)
        for (area, reached), rows in table.groupby(["area", table["moved_km"].notna()])
    ]


def write_ranking(ranking: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return the ranking in words: carriers, and corridors by name."""
    return ranking.assign(
        name=ranking["name"].map(begin),
        carriers=ranking["carriers"].map(lambda listed: name_carriers(listed, language)),
        tied_with=_name_corridors(ranking, ranking["tied_with"]),
        shared_with=ranking["shared_with"].map(begin),
    )


def write_build_order(plan: Plan, ranking: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return the build order in words; ``trunk`` names the corridors to build before."""
    table = plan_tables.build_order_of(plan, ranking)
    return table.assign(
        name=table["name"].map(begin),
        carriers=table["carriers"].map(lambda listed: name_carriers(listed, language)),
        trunk=_name_corridors(ranking, table["depends_mostly_on"]),
        first_year=table["first_year"].map(str),
    )


def _name_corridors(ranking: pd.DataFrame, listed: pd.Series[str]) -> list[str]:
    """Return comma lists of corridor ids as lists of names."""
    names = ranking.set_index("corridor_id")["name"].map(begin)
    return [", ".join(names[one] for one in ids.split(",") if one) for ids in listed]


def list_left_out(plan: Plan, language: str) -> pd.DataFrame:
    """Return the places not joined in words, those nearest to joining first."""
    table = plan_tables.left_out_table(plan)
    table["name"] = table["place_id"].map(name_places(plan.study, language=language))
    table = table[PLACE_COLUMNS].sort_values(
        ["break_even_co2_value_eur_per_t", "amount"], ascending=[True, False], ignore_index=True
    )
    return table.assign(
        carrier=table["carrier"].map(lambda carrier: name_carrier(carrier, language)),
        reason=table["reason"].map(lambda reason: begin(translate_word(reason, language))),
        unit=table["unit"].map(lambda unit: name_unit(unit, language)),
    )


def list_networks(plan: Plan, language: str) -> pd.DataFrame:
    """Return one row per carrier: places joined, flow, length and cost of the network."""
    rows = [
        {
            **row,
            "carrier": name_carrier(carrier, language),
            "amount": row[f"amount_{ANNUAL_UNIT[carrier]}"],
            "unit": name_unit(ANNUAL_UNIT[carrier], language),
        }
        for carrier, row in plan_tables.sum_networks(plan).items()
    ]
    return pd.DataFrame(rows)


def sum_corridors(plan: Plan) -> dict[str, float]:
    """Return the number of corridors, and the totals of some columns of the ranking."""
    columns = ("co2_avoided_assigned_kt_per_a", "capex_meur", "cost_meur_per_a")
    return {"corridors": float(len(plan.ranked))} | {name: float(plan.ranked[name].sum()) for name in columns}


def list_users(plan: Plan, corridor_id: str, language: str) -> pd.DataFrame:
    """Return who sends how much to or from which hub through a corridor, largest first."""
    users = plan.corridors.users
    mine = users[users["corridor_id"] == corridor_id]
    names = name_places(plan.study, language=language)
    table = pd.DataFrame(
        {
            "carrier": pd.Categorical(mine["carrier"], CARRIERS),
            "name": mine["place_id"].map(names),
            "hub": mine["hub_id"].map(names),
            "amount": mine["amount"],
            "unit": mine["carrier"].map(ANNUAL_UNIT),
            "gives": mine["carrier"] == "co2",
        }
    )
    return table.sort_values(["carrier", "amount", "name"], ascending=[True, False, True])
