"""Chain costs: the cost of each link per tonne or MWh, and the spread of the cost models of CO2 pipes.

The networks are designed with an allowance per metre for boosting. The cost of the placed stations (for heat: of
pumping) and of lost heat replaces it here, so that nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from infraplan.core import CandidateGraph, Carrier, DesignError, FloatArray, Network, Phrase, records, units
from infraplan.engineering import Operation, costs, hydraulics
from infraplan.networks import Corridors
from infraplan.study import Assumptions

REUSE = (
    "corridor_id", "line", "carrier", "length_km", "dn_mm", "flow", "capacity_per_a", "unit", "cost_factor",
    "saved_eur", "possible", "reason",
)  # fmt: skip
# carrier of the existing lines that may be reused
_FORMER_GAS = "gas"
_REUSERS: tuple[Carrier, ...] = ("co2", "h2")
CHAIN = ("carrier", "link", "annual_eur", "amount", "unit", "eur_per_unit")
MODELS = ("model", "capex_eur", "annual_eur", "eur_per_t", "chosen")
_UNIT = {"co2": "eur_per_t", "h2": "eur_per_mwh", "heat": "eur_per_mwh"}


def levelise(
    networks: Mapping[str, Network],
    operation: Operation,
    candidates: CandidateGraph,
    assumptions: Assumptions,
    *,
    credit: pd.DataFrame,
    hubs: pd.DataFrame,
) -> pd.DataFrame:
    """List the yearly cost of each link of each carrier's chain, and the cost per tonne or MWh joined.

    The links: capture; compression (CO2); pipes, with crossings but without boosting; boosters as placed (heat: pumps
    and lost heat); hubs, with all that lies behind them; exchangers (heat). The assumptions for capture include
    compression and drying: this part is shown apart and subtracted from capture.

    Parameters
    ----------
    operation
        Stations, pressures and losses of the networks.
    credit
        Amount and worth of each place, by carrier.
    hubs
        Per ``carrier`` and ``hub_id``: ``unit_cost`` [EUR per t or MWh].

    Raises
    ------
    AssumptionError
        If a cost is missing.
    """
    rows: list[tuple[str, str, float, float]] = []
    for carrier, network in networks.items():
        if not len(network.joins):
            continue
        amount = float(network.joins["amount"].sum()) * units.MWH_PER_GWH  # t or MWh
        links = _links(network, operation, candidates, assumptions, amount=amount, credit=credit, hubs=hubs)
        rows += [(carrier, link, eur, amount) for link, eur in links.items()]
    table = pd.DataFrame(rows, columns=["carrier", "link", "annual_eur", "amount"])
    table["unit"] = table["carrier"].map(_UNIT)
    table["eur_per_unit"] = table["annual_eur"] / table["amount"]
    return table[list(CHAIN)]


def _links(
    network: Network,
    operation: Operation,
    candidates: CandidateGraph,
    assumptions: Assumptions,
    *,
    amount: float,
    credit: pd.DataFrame,
    hubs: pd.DataFrame,
) -> dict[str, float]:
    """Return the yearly cost [EUR/a] of each link of one carrier, in the order of the flow."""
    carrier: Carrier = network.carrier  # type: ignore[assignment]
    stations = operation.boosters[operation.boosters["carrier"] == carrier]
    unit_cost = network.joins["hub_id"].map(hubs[hubs["carrier"] == carrier].set_index("hub_id")["unit_cost"])
    hub_eur = float((unit_cost * network.joins["amount"]).sum()) * units.MWH_PER_GWH
    pipes_eur = float((network.segments["annual_eur"] - allowances_eur(network, candidates, assumptions)).sum())
    if carrier == "co2":
        load_factor = hydraulics.design("co2", assumptions).load_factor
        compression = amount * costs.compression_eur_per_t(assumptions, load_factor=load_factor)
        gates = _at_the_gate(network, credit)
        return {
            "capture": gates - compression,
            "compression": compression,
            "pipes": pipes_eur,
            "boosters": float(stations["annual_eur"].sum()),
            "hubs": hub_eur,
        }
    if carrier == "h2":
        return {"hubs": hub_eur, "pipes": pipes_eur, "boosters": float(stations["annual_eur"].sum())}
    mine = operation.segments[operation.segments["carrier"] == carrier]
    per_kw = costs.boosting_eur_per_kw(carrier, assumptions)
    lost_mwh = float(mine["loss_mw"].sum()) * units.HOURS_PER_YEAR
    return {
        "hubs": hub_eur,
        "pipes": pipes_eur,
        "pumps": float(mine["pump_mw"].sum()) * units.KWH_PER_MWH * per_kw,
        "heat_lost": lost_mwh * costs.eur(assumptions, "pipeline_operation", "heat_price", "eur_per_mwh"),
        "exchangers": amount * costs.eur(assumptions, "heat", "station_cost", "eur_per_mwh"),
    }


def allowances_eur(network: Network, candidates: CandidateGraph, assumptions: Assumptions) -> FloatArray:
    """Return the yearly allowance [EUR/a] for boosting and lost heat inside ``annual_eur`` of each segment."""
    carrier: Carrier = network.carrier  # type: ignore[assignment]
    per_m = costs.boosting_allowance_eur_per_m(carrier, assumptions) + costs.heat_loss_eur_per_m(carrier, assumptions)
    return per_m[_sizes(network, assumptions)] * _paid_m(network, candidates)


def boosting_allowance_eur(network: Network, candidates: CandidateGraph, assumptions: Assumptions) -> float:
    """Return the yearly allowance [EUR/a] for boosting in the whole network, to compare with the placed stations."""
    carrier: Carrier = network.carrier  # type: ignore[assignment]
    per_m = costs.boosting_allowance_eur_per_m(carrier, assumptions)[_sizes(network, assumptions)]
    return float((per_m * _paid_m(network, candidates)).sum())


def _sizes(network: Network, assumptions: Assumptions) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    carrier: Carrier = network.carrier  # type: ignore[assignment]
    dn_mm = hydraulics.sizes(carrier, assumptions)[0]
    return np.searchsorted(dn_mm, network.segments["dn_mm"].to_numpy(dtype=float)).astype(np.int64)


def _paid_m(network: Network, candidates: CandidateGraph) -> FloatArray:
    """Return the length that each segment pays for [m]: length times ground, strip and number of pipes; 0 if free."""
    table = network.segments
    laid = table["capex_eur"].to_numpy(dtype=float) > 0.0
    weighted_m = candidates.edges.weighted_m[table["edge"].to_numpy(dtype=np.int64)]
    return np.asarray(laid * weighted_m * table["ground_factor"].to_numpy(float) * table["pipes"].to_numpy(float))


def _at_the_gate(network: Network, credit: pd.DataFrame) -> float:
    """Return the yearly cost [EUR/a] of capture at the joined places, compression included."""
    mine = credit[(credit["carrier"] == network.carrier) & (credit["role"] == "supply")]
    money = (-mine["worth_fixed_eur_per_unit"] * mine["amount"]).groupby(mine["place_id"]).sum()
    per_t = money / mine.groupby("place_id")["amount"].sum()
    return float((network.joins["place_id"].map(per_t) * network.joins["amount"]).sum()) * units.T_PER_KT


def compare_models(
    networks: Mapping[str, Network], candidates: CandidateGraph, assumptions: Assumptions, *, chosen: str
) -> pd.DataFrame:
    """Price the CO2 pipes with every onshore cost model, in the same sizes and on the same ground; no rows without CO2.

    Ground, crossings, strips and the regional factor are the same for all models, so only the models differ.
    """
    if "co2" not in networks:
        return pd.DataFrame(columns=list(MODELS))
    network = networks["co2"]
    table = network.segments
    size, paid_m = _sizes(network, assumptions), _paid_m(network, candidates)
    share = costs.annuity(hydraulics.SUBJECTS["co2"], assumptions)
    amount_t = float(network.joins["amount"].sum()) * units.T_PER_KT
    own = costs.price("co2", assumptions, model=chosen)
    crossings = table["capex_eur"].to_numpy(dtype=float) - own.capex_eur_per_m[size] * paid_m
    rows = []
    for model in (costs.ENGINEERING, *costs.MODELS):
        if model in costs.OFFSHORE:
            continue
        per_m = costs.capex_eur_per_m("co2", assumptions, model=model)
        capex_eur = float((per_m[size] * paid_m + crossings).sum())
        annual_eur = capex_eur * share
        rows.append((model, capex_eur, annual_eur, annual_eur / amount_t if amount_t else np.nan, model == chosen))
    return pd.DataFrame(rows, columns=list(MODELS))


def offer_reuse(corridors: Corridors, followed: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """List the natural-gas lines that a corridor follows, with the saving from their reuse or the reason against it.

    The size of the old line is unknown: it is taken as that of the widest new pipe in the corridor. Only its operator
    knows whether the line can be spared. ``saved_eur`` = investment in the followed length - cost of the reuse [EUR].
    """
    rows = []
    segments = corridors.segments
    length_km = dict(zip(corridors.strips["corridor_id"], corridors.strips["length_km"], strict=True))
    for row in records(followed[followed["carrier"] == _FORMER_GAS]):
        for carrier in _REUSERS:
            mine = segments[(segments["corridor_id"] == row.corridor_id) & (segments["carrier"] == carrier)]
            if len(mine):
                share = min(1.0, row.length_km / length_km[row.corridor_id])
                rows.append(
                    (row.corridor_id, row.name, carrier, row.length_km, *_reuse(carrier, mine, share, assumptions))
                )
    return pd.DataFrame(rows, columns=list(REUSE))


def _reuse(
    carrier: Carrier, pipes: pd.DataFrame, share: float, assumptions: Assumptions
) -> tuple[float, float, float, str, float, float, bool, str | Phrase]:
    """Return size, flow, capacity, unit, cost factor, saving, whether reuse is possible, and the reason if not."""
    widest = pipes.sort_values(["dn_mm", "flow"], ascending=False).iloc[0]
    dn_mm, flow, unit = float(widest["dn_mm"]), float(pipes["flow"].max()), str(widest["flow_unit"])
    line = hydraulics.design(carrier, assumptions)
    try:
        # hydrogen runs at what the old steel holds, dense CO2 cannot
        old = costs.reuse(carrier, assumptions, dn_mm=dn_mm, pressure_bar=line.inlet_bar if carrier == "co2" else None)
    except DesignError as error:
        return dn_mm, flow, 0.0, unit, np.nan, 0.0, False, error.problems[0].phrase
    saved = float(pipes["capex_eur"].sum()) * share * (1.0 - old.cost_factor)
    if old.capacity_per_a < flow:
        return dn_mm, flow, old.capacity_per_a, unit, old.cost_factor, 0.0, False, Phrase("phrase.carries_less")
    return dn_mm, flow, old.capacity_per_a, unit, old.cost_factor, saved, True, ""
