"""Corridors: stretches of shared strip that a planner would name.

A pipe segment lies inside a cluster if places of that cluster lie both upstream and downstream of it. Otherwise it
runs from the last cluster upstream to the first one downstream. Segments of all carriers in one strip belong to one
corridor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from infraplan.core import M_PER_KM, CandidateGraph, Exactness, FloatArray, Network, NetworkProblem, Proof, records
from infraplan.networks.corridors.labels import absorb_fragments, label_idle, label_segments
from infraplan.networks.corridors.limits import Limits, limits_of
from infraplan.networks.design import Designer, PathFlow, audit, design_exactly, no_segments

__all__ = ["Corridors", "Limits", "design_together", "id_of", "limits_of", "propose", "prove"]

# design the carriers in turn until the total stops falling; two rounds nearly always suffice
_ROUNDS = 3
# share of the work in the first round
_FIRST_ROUND = 0.8


@dataclass(frozen=True)
class Corridors:
    """Corridors and the pipes in them.

    Attributes
    ----------
    strips
        corridor_id, cluster_a, cluster_b (equal inside a cluster), length_km, geometry (MultiLineString).
    segments
        One row per pipe: segment_id, corridor_id, edge, carrier, flow, flow_unit, dn_mm, pipes, length_m, capex_eur,
        annual_eur, ground_factor, geometry.
    users
        corridor_id, carrier, place_id, hub_id, amount: who sends how much through which corridor.
    """

    strips: gpd.GeoDataFrame
    segments: gpd.GeoDataFrame
    users: pd.DataFrame


def design_together(
    candidates: CandidateGraph,
    problems: Mapping[str, NetworkProblem],
    *,
    second_pipe_factor: float,
    start: Mapping[str, Network] | None = None,
    should_stop: Callable[[], bool] | None = None,
    report_progress: Callable[[str], None] | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> dict[str, Network]:
    """Design the carriers in turn; strips that one carrier opened are cheaper ground for the next.

    Parameters
    ----------
    candidates
        Graph of candidate segments that all carriers share.
    problems
        What the network of each carrier must serve.
    second_pipe_factor
        Cost of a pipe beside another one, relative to fresh ground [-].
    start
        Networks of an earlier plan to start from.
    should_stop
        Called often; True ends the search with the best networks so far.
    report_progress
        Called with each carrier when its turn comes.
    progress
        Called often with the share of the work done, 0..1, and the carrier.

    Returns
    -------
    dict
        Network of each carrier. In a shared strip the dearest pipe pays full ground, the others the factor.
    """
    earlier = start or {}
    designers = {c: Designer(candidates, problem, start=earlier.get(c)) for c, problem in problems.items()}
    best, best_total = _snapshot(designers), inf
    for number in range(_ROUNDS):
        searched = False
        for turn, (carrier, designer) in enumerate(designers.items()):
            if report_progress:
                report_progress(carrier)
            pass_on = partial(_pass_on, progress, carrier, number + turn / len(designers), 1.0 / len(designers))
            pass_on(0.0)
            # first design each carrier alone, so that the plan is never dearer than separate networks
            alone = number == 0 and not earlier
            ground = _beside(candidates, designers, "" if alone else carrier, second_pipe_factor)
            searched |= designer.improve(ground, should_stop=should_stop, progress=pass_on)
        if not searched:
            break
        total = _total(candidates, designers, second_pipe_factor)
        if total >= best_total - 1.0:
            break
        best, best_total = _snapshot(designers), total
        if len(designers) == 1:
            break
    for carrier, designer in designers.items():
        designer.restore(best[carrier])
    joined = [
        designer.fill(_beside(candidates, designers, carrier, second_pipe_factor))
        for carrier, designer in designers.items()
    ]
    if any(joined) and _total(candidates, designers, second_pipe_factor) > best_total:
        for carrier, designer in designers.items():
            designer.restore(best[carrier])
    return _close(candidates, designers, second_pipe_factor)


def _pass_on(
    progress: Callable[[float, str], None] | None, carrier: str, begun: float, part: float, share: float
) -> None:
    """Report the progress of a carrier's turn, ``begun`` rounds after the start; the first round takes most time."""
    if progress is not None:
        rounds = begun + part * share
        first, others = min(rounds, 1.0), max(rounds - 1.0, 0.0) / (_ROUNDS - 1)
        progress(_FIRST_ROUND * first + (1.0 - _FIRST_ROUND) * others, carrier)


def prove(
    candidates: CandidateGraph,
    problems: Mapping[str, NetworkProblem],
    networks: Mapping[str, Network],
    *,
    second_pipe_factor: float,
    exactness: Exactness,
    should_stop: Callable[[], bool] | None = None,
    report_progress: Callable[[str, float, float], None] | None = None,
) -> tuple[dict[str, Network], dict[str, Proof]]:
    """Improve the networks of ``design_together`` with a solver, carrier by carrier, and prove how good they are.

    Parameters
    ----------
    exactness
        When the search may end, per carrier. If the clock ends it, another run may end elsewhere.
    should_stop
        Called all the time; True ends the search with the best networks so far.
    report_progress
        Called with the carrier, its cost and its bound [EUR/a] whenever one of them changes.

    Returns
    -------
    tuple
        The networks, and what is proven of each. A network that makes all carriers together dearer is not taken.
    """
    designers = {c: Designer(candidates, problem, start=networks[c]) for c, problem in problems.items()}
    total = _total(candidates, designers, second_pipe_factor)
    proofs = {}
    for carrier, problem in problems.items():
        designer, ground = designers[carrier], _grounds(candidates, designers, second_pipe_factor)[carrier]
        before, start = designer.snapshot(), designer.close(ground)
        answer = design_exactly(
            candidates,
            problem,
            strip_factor=ground,
            start=start,
            gap=exactness.gap,
            time_limit_s=exactness.time_limit_s,
            should_stop=should_stop,
            report_progress=partial(report_progress, carrier) if report_progress else None,
        )
        designer.resume(answer.network)
        after = _total(candidates, designers, second_pipe_factor)
        kept = after <= total
        if kept:
            total = after
        else:
            designer.restore(before)
        cost_eur = (answer.network if kept else start).objective_eur_per_a
        proofs[carrier] = Proof(cost_eur, min(answer.bound_eur_per_a, cost_eur))
    return _close(candidates, designers, second_pipe_factor), proofs


def _snapshot(designers: Mapping[str, Designer]) -> dict[str, list[tuple[PathFlow, ...]]]:
    return {carrier: designer.snapshot() for carrier, designer in designers.items()}


def _beside(candidates: CandidateGraph, designers: Mapping[str, Designer], carrier: str, factor: float) -> FloatArray:
    """Return the ground factor of each edge for ``carrier`` beside the other carriers; "" stands for no carrier."""
    ground = np.ones(len(candidates.edges.length_m))
    for other, designer in designers.items() if carrier else ():
        if other != carrier:
            ground[designer.used] = factor
    return ground


def _total(candidates: CandidateGraph, designers: Mapping[str, Designer], factor: float) -> float:
    """Return the cost of all networks together [EUR/a]; each shared strip is paid once."""
    grounds = _grounds(candidates, designers, factor)
    return sum(designer.cost(grounds[carrier]) for carrier, designer in designers.items())


def _close(candidates: CandidateGraph, designers: Mapping[str, Designer], factor: float) -> dict[str, Network]:
    """Close and audit the networks; each shared strip is paid once."""
    grounds = _grounds(candidates, designers, factor)
    closed = {carrier: designer.close(grounds[carrier]) for carrier, designer in designers.items()}
    # netting may empty a strip that the other carriers counted on: audit after it
    grounds = _grounds(candidates, designers, factor)
    for carrier, designer in designers.items():
        audit(closed[carrier], candidates, designer.problem, strip_factor=grounds[carrier])
    return closed


def _grounds(candidates: CandidateGraph, designers: Mapping[str, Designer], factor: float) -> dict[str, FloatArray]:
    """Return each carrier's ground factors: the dearest pipe of a strip pays full ground, the others lie beside it."""
    dearest = np.zeros(len(candidates.edges.length_m))
    opener = np.full(len(dearest), -1)
    for number, designer in enumerate(designers.values()):
        price, used = designer.problem.price, designer.used
        annual = price.annual_eur_per_m[price.size_of(designer.flow[used])]
        dearer = annual > dearest[used]
        dearest[used[dearer]], opener[used[dearer]] = annual[dearer], number
    return {
        carrier: np.where((opener == number) | (opener < 0), 1.0, factor) for number, carrier in enumerate(designers)
    }


def propose(
    networks: Mapping[str, Network],
    candidates: CandidateGraph,
    *,
    cluster_of: Mapping[str, str],
    radius_m: Mapping[str, float],
    limits: Limits,
    spot_of: Mapping[str, tuple[float, float]] | None = None,
) -> Corridors:
    """Group the segments of all carriers into corridors, named after clusters.

    Parameters
    ----------
    cluster_of
        Cluster of each place and hub.
    radius_m
        Typical radius of each cluster [m].
    limits
        What counts as a corridor.
    spot_of
        x and y [m] of every place, to name pipes without flow.
    """
    votes: dict[int, dict[tuple[str, str], float]] = {}
    for network in networks.values():
        annual = dict(zip(network.segments["edge"], network.segments["annual_eur"], strict=True))
        for edge, label in label_segments(network, candidates, cluster_of, radius_m, limits.inside).items():
            mine = votes.setdefault(edge, {})
            mine[label] = mine.get(label, 0.0) + annual[edge]
    label_of = {edge: min(mine, key=lambda label: (-mine[label], label)) for edge, mine in votes.items()}
    label_of |= label_idle(networks, label_of, candidates, cluster_of, spot_of or {})
    absorb_fragments(label_of, candidates, limits.shortest_m)
    segments = _gather(networks, candidates, label_of)
    return Corridors(_strips(segments, label_of), segments, _users(networks, label_of))


def id_of(label: tuple[str, str]) -> str:
    """Return the corridor id of a pair of clusters.

    >>> id_of(("antwerp", "ghent")), id_of(("ghent", "ghent"))
    ('antwerp--ghent', 'ghent')
    """
    return label[0] if label[0] == label[1] else "--".join(label)


def _gather(
    networks: Mapping[str, Network], candidates: CandidateGraph, label_of: Mapping[int, tuple[str, str]]
) -> gpd.GeoDataFrame:
    graph = candidates.graph
    shape = {d["edge"]: d["geometry"] for *_, d in graph.edges(data=True)}
    frames = []
    for carrier, network in networks.items():
        segments = network.segments.copy()
        segments.insert(0, "segment_id", [f"{carrier}-{edge}" for edge in segments["edge"]])
        segments.insert(1, "corridor_id", [id_of(label_of[edge]) for edge in segments["edge"]])
        segments.insert(3, "carrier", carrier)
        segments["flow_unit"] = network.unit
        lines = [_downstream(shape[row.edge], graph.nodes[row.node_from]) for row in records(network.segments)]
        segments["geometry"] = gpd.GeoSeries(lines, index=segments.index, crs=candidates.grid.crs)
        frames.append(segments)
    if not frames:
        columns = {"segment_id": [], "corridor_id": [], **no_segments(), "carrier": [], "flow_unit": [], "geometry": []}
        return gpd.GeoDataFrame(columns, geometry="geometry", crs=candidates.grid.crs)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=candidates.grid.crs)


def _downstream(line: shapely.LineString, start: Mapping[str, float]) -> shapely.LineString:
    """Reverse the line where needed, so that it starts at the node its flow comes from."""
    x, y = line.coords[0][:2]
    return line if (x, y) == (start["x"], start["y"]) else shapely.reverse(line)


def _strips(segments: gpd.GeoDataFrame, label_of: Mapping[int, tuple[str, str]]) -> gpd.GeoDataFrame:
    once = segments.drop_duplicates("edge")
    rows = []
    for corridor_id, group in once.groupby("corridor_id", sort=True):
        label = label_of[int(group["edge"].iloc[0])]
        merged = shapely.line_merge(shapely.union_all(group.geometry.to_numpy()))
        parts = shapely.MultiLineString(list(shapely.get_parts(merged)))
        rows.append((corridor_id, *label, float(group["length_m"].sum()) / M_PER_KM, parts))
    return gpd.GeoDataFrame(
        rows,
        columns=["corridor_id", "cluster_a", "cluster_b", "length_km", "geometry"],
        geometry="geometry",
        crs=segments.crs,
    )


def _users(networks: Mapping[str, Network], label_of: Mapping[int, tuple[str, str]]) -> pd.DataFrame:
    rows = [
        (corridor_id, carrier, row.place_id, row.hub_id, row.amount)
        for carrier, network in networks.items()
        for row in records(network.joins)
        for corridor_id in sorted({id_of(label_of[edge]) for edge in row.edges})
    ]
    table = pd.DataFrame(rows, columns=["corridor_id", "carrier", "place_id", "hub_id", "amount"])
    keys = ["corridor_id", "carrier", "place_id", "hub_id"]
    return table.astype({"amount": float}).groupby(keys, as_index=False).agg(amount=("amount", "sum"))
