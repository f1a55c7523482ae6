"""Facts of a plan for its sheets: one corridor, the needs of one carrier, a comparison of plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import geopandas as gpd
import pandas as pd

from infraplan.analysis import comparison
from infraplan.core import (
    ANNUAL_UNIT,
    CARRIERS,
    EUR_PER_MEUR,
    M_PER_KM,
    NEED_CARRIERS,
    PCT,
    InfraplanError,
    Problem,
    format_number,
    records,
    split_list,
    translate,
)
from infraplan.demand import CLIENT_ROLE
from infraplan.networks import LEAST_COST, Limits, alternatives
from infraplan.plan import Plan
from infraplan.reports import listings, plan_layers
from infraplan.reports.plan_layers import Frames
from infraplan.reports.sheets import ComparisonFacts, CorridorFacts, NeedsFacts
from infraplan.study import Study, clusters_of, corridor_names, list_places, name_places

_NAMES_SHOWN = 6
_AMOUNTS = ["amount_low", "amount", "amount_high"]


def gather_corridor(
    plan: Plan,
    layers: Frames,
    corridor_id: str,
    *,
    language: str,
    needed: pd.DataFrame | None = None,
    limits: Limits | None = None,
) -> CorridorFacts:
    """Return the facts for the fact sheet of a corridor.

    Parameters
    ----------
    plan
        Plan.
    layers
        Its layers (``plan_layers.frames``).
    corridor_id
        Corridor of the sheet.
    language
        Language of the words.
    needed
        Needs of all years, if computed already.
    limits
        If given, other routes between the corridor's ends are computed and described.

    Raises
    ------
    InfraplanError
        If the plan has no such corridor.
    """
    alternatives.check_corridor(plan.corridors, corridor_id)
    needed = plan.needs_by_year.at_milestones(plan.case) if needed is None else needed
    return CorridorFacts(
        corridor_id,
        plan.scenario.year,
        tuple(sorted(set(needed["year"]))),
        _users(plan, corridor_id, needed, language),
        _hubs(plan, corridor_id, language),
        list_pipes(plan, corridor_id),
        pd.DataFrame(
            list(list_way(plan, corridor_id, language, drawn_only=True)),
            columns=["kind", "name", "count", "length_km", "names"],
        ),
        tuple(_standing(plan, layers, corridor_id, language, limits)),
    )


def _users(plan: Plan, corridor_id: str, needed: pd.DataFrame, language: str) -> gpd.GeoDataFrame:
    """Return the users of the corridor, their flow through it, and their need in every year."""
    users = plan.corridors.users
    mine = users[users["corridor_id"] == corridor_id]
    table = mine.groupby(["carrier", "place_id"], as_index=False)["amount"].sum()
    clients = needed[needed["role"] == needed["carrier"].map(CLIENT_ROLE)]
    years = clients.pivot_table(index=["carrier", "place_id"], columns="year", values="amount", aggfunc="sum")
    years.columns = [str(year) for year in years.columns]
    table = table.merge(years.fillna(0.0), left_on=["carrier", "place_id"], right_index=True, how="left")
    sites = plan.study.sites.set_index("site_id")["co2_kt_per_a"]
    table["name"] = table["place_id"].map(name_places(plan.study, language=language))
    table["unit"] = table["carrier"].map(ANNUAL_UNIT)
    table["co2_kt_per_a"] = table["place_id"].map(sites).astype(float)
    points = list_places(plan.study).set_index("place_id").geometry
    return gpd.GeoDataFrame(table, geometry=points.loc[table["place_id"]].to_numpy(), crs=plan.study.sites.crs)


def _hubs(plan: Plan, corridor_id: str, language: str) -> pd.DataFrame:
    """Return the hubs of the corridor's users with their flows, largest first."""
    users = plan.corridors.users
    mine = users[users["corridor_id"] == corridor_id]
    table = mine.groupby(["carrier", "hub_id"], as_index=False).agg(amount=("amount", "sum"))
    table["name"] = table["hub_id"].map(name_places(plan.study, language=language))
    table["gives"] = table["carrier"] == "co2"
    table["unit"] = table["carrier"].map(ANNUAL_UNIT)
    table["carrier"] = pd.Categorical(table["carrier"], CARRIERS)
    return table.sort_values(["carrier", "amount", "hub_id"], ascending=[True, False, True], ignore_index=True)


def list_pipes(plan: Plan, corridor_id: str) -> pd.DataFrame:
    """Return the pipes of a corridor by carrier and size, thickest first."""
    segments = plan.corridors.segments
    mine = segments.loc[segments["corridor_id"] == corridor_id].drop(columns="geometry")
    table = (
        pd.DataFrame(mine)
        .groupby(["carrier", "dn_mm", "pipes"], as_index=False)
        .agg(
            length_km=("length_m", "sum"),
            flow=("flow", "max"),
            capex_meur=("capex_eur", "sum"),
            cost_meur_per_a=("annual_eur", "sum"),
        )
    )
    table["length_km"] /= M_PER_KM
    table[["capex_meur", "cost_meur_per_a"]] /= EUR_PER_MEUR
    table["unit"] = table["carrier"].map(ANNUAL_UNIT)
    table["carrier"] = pd.Categorical(table["carrier"], CARRIERS)
    return table.sort_values(["carrier", "dn_mm"], ascending=[True, False], ignore_index=True)


def sum_crossings(plan: Plan, corridor_id: str) -> pd.DataFrame:
    """Return the number of crossings per layer, and the names of the features crossed."""
    mine = plan.crossings[plan.crossings["corridor_id"] == corridor_id]
    return mine.groupby("layer", as_index=False).agg(
        count=("count", "sum"), names=("name", lambda names: _join(sorted({n for n in names if n})))
    )


def _join(names: list[str]) -> str:
    return ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")


def list_way(
    plan: Plan, corridor_id: str, language: str, *, drawn_only: bool
) -> Iterator[tuple[str, str, int, float, str]]:
    """Yield the features that a corridor crosses, runs through or follows: kind, name, times, length [km], names.

    With ``drawn_only``, leave out areas that no map shows: a reader of a sheet cannot look them up.
    """
    titles = {entry.id: str(getattr(entry, f"title_{language}")) for entry in plan.study.stack.entries}
    for layer, count, names in records(sum_crossings(plan, corridor_id)):
        yield "crosses", titles.get(layer, layer), int(count), 0.0, names
    passages = plan.passages[plan.passages["corridor_id"] == corridor_id]
    if drawn_only:
        shown = {entry.id for entry in plan.study.stack.entries if entry.drawn_as}
        passages = passages[passages["layer"].isin(shown)]
    for row in records(passages):
        yield "through", titles.get(row.layer, row.layer), 0, float(row.length_km), ""
    followed = plan.followed[plan.followed["corridor_id"] == corridor_id]
    for row in records(followed):
        yield "follows", str(row.name), 0, float(row.length_km), ""


def _standing(
    plan: Plan, layers: Frames, corridor_id: str, language: str, limits: Limits | None
) -> Iterator[tuple[str, str]]:
    """Yield heading and text for the corridor's position in the plan: build step, confidence, dependence and more."""

    def say(text: str, **values: object) -> str:
        return translate(text, language, **values)

    table = layers.corridors.set_index("corridor_id")
    row = table.loc[corridor_id]

    def names(ids: str) -> str:
        known = [str(table.loc[one, "name"]) for one in split_list(ids) if one in table.index]
        return ", ".join(known) or say("none")

    yield say("Build step"), say("{rank} of {count}", rank=format_number(row["build_step"], language), count=len(table))
    yield say("First year"), f"{row['first_year']:.0f}"
    yield say("Confidence"), f"{format_number(row['confidence'], language, 2)} ({say('0 low, 1 high')})"
    yield say("Use"), f"{format_number(PCT * row['strip_use_share'], language)} %"
    yield say("Needs first"), names(row["depends_mostly_on"])
    if split_list(row["tied_with"]):
        yield say("Same figure as"), names(row["tied_with"])
    over = plan.reuse[(plan.reuse["corridor_id"] == corridor_id) & plan.reuse["possible"].astype(bool)]
    if len(over):
        saved = format_number(float(over["saved_eur"].max()) / EUR_PER_MEUR, language, 1)
        yield say("Reuse"), say("a gas line that hydrogen could take over; saves up to {meur} M EUR", meur=saved)
    if limits is not None:
        yield say("Other routes"), _describe_routes(plan, corridor_id, limits, language)


def _describe_routes(plan: Plan, corridor_id: str, limits: Limits, language: str) -> str:
    """Describe the other routes between the corridor's ends: their number and extra cost."""
    ground = plan.ground
    routes = alternatives.find_routes(
        plan.corridors,
        corridor_id,
        candidates=plan.routes,
        surface=ground.surface,
        crossings=ground.crossings,
        limits=limits,
    )
    mine = routes[routes["is_alternative"]]
    overlap = format_number(PCT * limits.most_overlap, language)
    if mine.empty:
        return translate("none found that overlaps less than {overlap} %", language, overlap=overlap)
    least = mine["extra_cost_pct"].min()
    most = mine["extra_cost_pct"].max()
    proposed = routes[~routes["is_alternative"] & (routes["kind"] != LEAST_COST)]["extra_cost_pct"].max()
    return translate(
        "{count} that overlap less than {overlap} %; their ground costs {least} to {most} % above least cost, that of "
        "this line {own} %",
        language,
        count=len(mine),
        overlap=overlap,
        least=format_number(least, language),
        most=format_number(most, language),
        own=format_number(proposed, language),
    )


def gather_needs(plan: Plan, carrier: str, *, language: str, needed: pd.DataFrame | None = None) -> NeedsFacts:
    """Return supply and demand of a carrier, per place, sector and cluster.

    Raises
    ------
    InfraplanError
        If there is no such carrier, or no place needs it in the plan's year.
    """
    if carrier not in NEED_CARRIERS:
        raise InfraplanError(Problem("carrier.unknown", {"known": NEED_CARRIERS}, file="--carrier", value=carrier))
    study, year = plan.study, plan.scenario.year
    every = plan.needs_by_year.at_milestones(plan.case) if needed is None else needed
    every = every[every["carrier"] == carrier]
    mine = every[every["year"] == year]
    if mine.empty:
        raise InfraplanError(
            Problem("sheet.no_needs", {"carrier": carrier, "year": year}, file="--carrier", value=carrier)
        )
    names = name_places(study, language=language)
    # Short names, as on the map.
    clusters = study.clusters.set_index("cluster_id")[f"short_{language}"]
    cluster = mine["place_id"].map(clusters_of(study))
    shown = mine.assign(
        sector=[study.titles.name_sector(word, language) for word in mine["sector"]],
        cluster=cluster.map(clusters).fillna(cluster.map(names)).fillna(cluster),
    )
    places = shown.groupby(["place_id", "role", "sector"], as_index=False)[_AMOUNTS].sum()
    places.insert(1, "name", places["place_id"].map(names))
    points = list_places(study).set_index("place_id").geometry
    return NeedsFacts(
        carrier,
        year,
        ANNUAL_UNIT[carrier],
        gpd.GeoDataFrame(places, geometry=points.loc[places["place_id"]].to_numpy(), crs=study.sites.crs),
        _sum_by(shown, "sector"),
        _sum_by(shown, "cluster"),
        _conditions(study, mine, language),
        every.groupby(["role", "year"], as_index=False).agg(amount=("amount", "sum")),
    )


def _sum_by(needed: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the sums by role and sector or cluster, largest first."""
    table = needed.groupby(["role", key], as_index=False)[_AMOUNTS].sum().rename(columns={key: "name"})
    order = table["role"].map({"supply": 0, "demand": 1})
    return table.assign(order=order).sort_values(
        ["order", "amount", "name"], ascending=[True, False, True], ignore_index=True
    )


def _conditions(study: Study, needed: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return the number of places and the amount per hand-over condition."""
    classes = listings.name_specifications(study, language)
    known = needed[needed["spec_id"] != ""].assign(substation="")
    first = known.drop_duplicates("spec_id")
    words = {str(row.spec_id): listings.describe_condition(row, classes, language) for row in records(first)}
    # classes with the same description are one row for the reader
    described = known.assign(condition=known["spec_id"].map(words))
    table = described.groupby(["role", "condition"], as_index=False).agg(
        places=("place_id", "nunique"), amount=("amount", "sum")
    )
    order = table["role"].map({"supply": 0, "demand": 1})
    return table.assign(order=order).sort_values(["order", "amount", "condition"], ascending=[True, False, True])


def gather_comparison(
    before: Plan,
    after: Plan,
    variants: Mapping[str, Plan],
    *,
    names: tuple[str, str],
    language: str,
) -> ComparisonFacts:
    """Return the facts for the comparison sheet.

    Parameters
    ----------
    before, after
        Plans on the map.
    variants
        Plans whose figures are listed, by name.
    names
        Names of ``before`` and ``after``.
    language
        Language of the words.

    Raises
    ------
    InfraplanError
        If the plans are of different studies, or there are too many variants for a sheet.
    """
    compared = comparison.compare(before, after)
    name = corridor_names(after.study, language=language)
    corridors = compared.corridors
    corridors = corridors.assign(
        name=[name(a, b) for a, b in zip(corridors["cluster_a"], corridors["cluster_b"], strict=True)]
    )
    (sites_before, hubs_before), (sites, hubs) = (
        plan_layers.places(plan, language=language) for plan in (before, after)
    )
    return ComparisonFacts(
        *names,
        compared.segments,
        _compare_sites(sites_before, sites),
        _compare_hubs(hubs_before, hubs),
        corridors,
        compared.totals,
        comparison.tabulate(variants),
    )


def _compare_sites(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the sites of both plans, each once; ``change`` says whether its pipes came, stayed or went."""
    was, now = (set(sites.loc[sites["connected"] != "", "site_id"]) for sites in (before, after))
    change = {site: comparison.SAME if site in was & now else comparison.CAME if site in now else comparison.WENT
              for site in was | now}  # fmt: skip
    table = _join_places(before, after, "site_id")[["site_id", "name", "co2_kt_per_a", "geometry"]]
    return table.assign(change=[change.get(site, "") for site in table["site_id"]])


def _compare_hubs(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the hubs of both plans, each once, with their flow in either plan."""
    was, now = (hubs.set_index("hub_id")["flow"] for hubs in (before, after))
    table = _join_places(before, after, "hub_id")[["hub_id", "name", "carrier", "role", "geometry"]]
    flows = {f"flow_{end}": table["hub_id"].map(flow).fillna(0.0) for end, flow in (("before", was), ("after", now))}
    return table.assign(**flows)


def _join_places(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Return the places of ``after``, then those that are only in ``before``."""
    gone = before[~before[key].isin(after[key])]
    return after if gone.empty else gpd.GeoDataFrame(pd.concat([after, gone], ignore_index=True), crs=after.crs)
