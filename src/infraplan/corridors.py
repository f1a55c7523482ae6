"""Corridors: stretches of shared strip that a planner would name.

A pipe segment belongs to the network inside a cluster when places of that cluster lie both up and down
its stream; otherwise it runs between the last cluster before it and the next one after it. Segments of
all carriers in one strip belong to one corridor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from heapq import heapify, heappop, heappush
from math import inf

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from infraplan.model import CandidateGraph, Exactness, FloatArray, Network, Proof, Question
from infraplan.network import Designer, audit, design_exactly
from infraplan.network.ledger import Piece
from infraplan.tables import records
from infraplan.units import M_PER_KM

# carriers are designed in turn until the total stops falling; two rounds nearly always suffice
_ROUNDS = 3
# part of the way that the first round takes
_FIRST_ROUND = 0.8
# a shorter stretch is part of its neighbour, not a corridor of its own
_SHORTEST_CORRIDOR_M = 4000.0


@dataclass(frozen=True)
class Corridors:
    """Corridors and what runs in them.

    strips : corridor_id, cluster_a, cluster_b (equal inside a cluster), length_km, geometry (MultiLineString).
    segments : one row per pipe: segment_id, corridor_id, edge, carrier, flow, flow_unit, dn_mm, pipes,
        length_m, capex_eur, annual_eur, ground_factor, geometry.
    users : corridor_id, carrier, place_id, hub_id, amount: who sends how much through which corridor.
    """

    strips: gpd.GeoDataFrame
    segments: gpd.GeoDataFrame
    users: pd.DataFrame


def design_together(
    candidates: CandidateGraph,
    questions: Mapping[str, Question],
    *,
    second_pipe_factor: float,
    start: Mapping[str, Network] | None = None,
    should_stop: Callable[[], bool] | None = None,
    tell: Callable[[str], None] | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> dict[str, Network]:
    """Design the carriers in turn, each seeing strips that the others opened as cheaper ground.

    Parameters
    ----------
    candidates : the graph all carriers share.
    questions : what the network of each carrier must serve.
    second_pipe_factor : what a pipe costs beside another one, relative to fresh ground.
    start : networks of an earlier plan to start from.
    should_stop : asked often; True ends the search with the best networks so far.
    tell : told each carrier when its turn comes. progress : told how far it is, 0..1, and the carrier, often.

    Returns
    -------
    dict
        A network per carrier; in a shared strip the dearest pipe pays full ground, the others the factor.
    """
    earlier = start or {}
    designers = {c: Designer(candidates, question, start=earlier.get(c)) for c, question in questions.items()}
    best, best_total = _snapshot(designers), inf
    for number in range(_ROUNDS):
        for turn, (carrier, designer) in enumerate(designers.items()):
            if tell:
                tell(carrier)
            pass_on = partial(_pass_on, progress, carrier, number + turn / len(designers), 1.0 / len(designers))
            pass_on(0.0)
            # first each on its own, so that the plan is never dearer than separate networks
            alone = number == 0 and not earlier
            ground = _beside(candidates, designers, "" if alone else carrier, second_pipe_factor)
            designer.improve(ground, should_stop=should_stop, progress=pass_on)
        total = sum(network.objective_eur_per_a for network in _settle(candidates, designers, second_pipe_factor))
        if total >= best_total - 1.0:
            break
        best, best_total = _snapshot(designers), total
        if len(designers) == 1:
            break
    for carrier, designer in designers.items():
        designer.restore(best[carrier])
    for carrier, designer in designers.items():
        designer.fill(_beside(candidates, designers, carrier, second_pipe_factor))
    closed = _settle(candidates, designers, second_pipe_factor)
    if sum(network.objective_eur_per_a for network in closed) > best_total:
        for carrier, designer in designers.items():
            designer.restore(best[carrier])
        closed = _settle(candidates, designers, second_pipe_factor)
    networks = {network.carrier: network for network in closed}
    grounds = _grounds(candidates, designers, second_pipe_factor)
    for carrier, question in questions.items():
        audit(networks[carrier], candidates, question, ground_factor=grounds[carrier])
    return networks


def _pass_on(
    progress: Callable[[float, str], None] | None, carrier: str, begun: float, part: float, share: float
) -> None:
    """Pass on how far a carrier's turn is, ``begun`` rounds after the start; the first round is most of the way."""
    if progress is not None:
        rounds = begun + part * share
        first, others = min(rounds, 1.0), max(rounds - 1.0, 0.0) / (_ROUNDS - 1)
        progress(_FIRST_ROUND * first + (1.0 - _FIRST_ROUND) * others, carrier)


def prove(
    candidates: CandidateGraph,
    questions: Mapping[str, Question],
    networks: Mapping[str, Network],
    *,
    second_pipe_factor: float,
    exactness: Exactness,
    should_stop: Callable[[], bool] | None = None,
    tell: Callable[[str, float, float], None] | None = None,
) -> tuple[dict[str, Network], dict[str, Proof]]:
    """Go on from the networks of ``design_together`` with a solver, carrier by carrier, and prove how good they are.

    Parameters
    ----------
    exactness : when the search may end, per carrier; where the clock ends it, another run may end elsewhere.
    should_stop : asked all the time; True ends the search with the best networks so far.
    tell : told the carrier, its cost and its bound [EUR/a] whenever one of them moves.

    Returns
    -------
    The networks, of which none is taken that makes all carriers together dearer, and what is proven of each.
    """
    designers = {c: Designer(candidates, question, start=networks[c]) for c, question in questions.items()}
    total = sum(network.objective_eur_per_a for network in _settle(candidates, designers, second_pipe_factor))
    proofs = {}
    for carrier, question in questions.items():
        designer, ground = designers[carrier], _grounds(candidates, designers, second_pipe_factor)[carrier]
        before, start = designer.snapshot(), designer.close(ground)
        answer = design_exactly(
            candidates,
            question,
            ground_factor=ground,
            start=start,
            gap=exactness.gap,
            time_limit_s=exactness.time_limit_s,
            should_stop=should_stop,
            tell=partial(tell, carrier) if tell else None,
        )
        designer.resume(answer.network)
        after = sum(network.objective_eur_per_a for network in _settle(candidates, designers, second_pipe_factor))
        kept = after <= total
        if kept:
            total = after
        else:
            designer.restore(before)
        cost_eur = (answer.network if kept else start).objective_eur_per_a
        proofs[carrier] = Proof(cost_eur, min(answer.bound_eur_per_a, cost_eur))
    grounds = _grounds(candidates, designers, second_pipe_factor)
    closed = {carrier: designer.close(grounds[carrier]) for carrier, designer in designers.items()}
    for carrier, question in questions.items():
        audit(closed[carrier], candidates, question, ground_factor=grounds[carrier])
    return closed, proofs


def _snapshot(designers: Mapping[str, Designer]) -> dict[str, list[tuple[Piece, ...]]]:
    return {carrier: designer.snapshot() for carrier, designer in designers.items()}


def _beside(candidates: CandidateGraph, designers: Mapping[str, Designer], carrier: str, factor: float) -> FloatArray:
    """Return what each edge's ground costs ``carrier``, relative to fresh, beside the others; "" is on its own."""
    ground = np.ones(len(candidates.edges.length_m))
    for other, designer in designers.items() if carrier else ():
        if other != carrier:
            ground[designer.used] = factor
    return ground


def _settle(candidates: CandidateGraph, designers: Mapping[str, Designer], factor: float) -> list[Network]:
    """Close the networks, charging each shared strip once."""
    grounds = _grounds(candidates, designers, factor)
    return [designer.close(grounds[carrier]) for carrier, designer in designers.items()]


def _grounds(candidates: CandidateGraph, designers: Mapping[str, Designer], factor: float) -> dict[str, FloatArray]:
    """Return each carrier's ground factors: the dearest pipe of a strip opens it, the others lie beside it."""
    dearest = np.zeros(len(candidates.edges.length_m))
    opener = np.full(len(dearest), -1)
    for number, designer in enumerate(designers.values()):
        price, used = designer.question.price, designer.used
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
) -> Corridors:
    """Gather the segments of all carriers into corridors that carry the names of clusters.

    ``cluster_of`` gives the cluster of every place and hub, ``radius_m`` [m] the typical radius of a cluster.
    """
    votes: dict[int, dict[tuple[str, str], float]] = {}
    for network in networks.values():
        annual = dict(zip(network.segments["edge"], network.segments["annual_eur"], strict=True))
        for edge, label in _label(network, candidates, cluster_of, radius_m).items():
            mine = votes.setdefault(edge, {})
            mine[label] = mine.get(label, 0.0) + annual[edge]
    label_of = {edge: min(mine, key=lambda label: (-mine[label], label)) for edge, mine in votes.items()}
    _absorb_fragments(label_of, candidates)
    segments = _gather(networks, candidates, label_of)
    return Corridors(_strips(segments, label_of), segments, _users(networks, label_of))


def id_of(label: tuple[str, str]) -> str:
    """Corridor id of a pair of clusters.

    >>> id_of(("antwerp", "ghent")), id_of(("ghent", "ghent"))
    ('antwerp--ghent', 'ghent')
    """
    return label[0] if label[0] == label[1] else "--".join(label)


def _label(
    network: Network,
    candidates: CandidateGraph,
    cluster_of: Mapping[str, str],
    radius_m: Mapping[str, float],
) -> dict[int, tuple[str, str]]:
    """Return the pair of clusters each edge of a network runs between; equal inside a cluster.

    Before an edge comes the cluster whose place is nearest upstream, after it the one whose place or hub
    is nearest downstream, measured along the pipes. An edge runs inside a cluster that has places on both
    sides of it within twice its radius.
    """
    length = candidates.edges.length_m.tolist()
    through: dict[int, set[int]] = {}
    for number, edges in enumerate(network.joins["edges"]):
        for edge in edges:
            through.setdefault(edge, set()).add(number)
    own = [cluster_of[place] for place in network.joins["place_id"]]
    hub = [cluster_of[hub_id] for hub_id in network.joins["hub_id"]]
    # nearest distance [m] along the pipes at which each cluster comes before or after an edge
    before: dict[int, dict[str, float]] = {}
    after: dict[int, dict[str, float]] = {}

    def note(book: dict[int, dict[str, float]], edge: int, cluster: str, distance_m: float) -> None:
        mine = book.setdefault(edge, {})
        mine[cluster] = min(distance_m, mine.get(cluster, float("inf")))

    metres = [np.concatenate([[0.0], np.cumsum([length[e] for e in edges])]) for edges in network.joins["edges"]]
    place = [{edge: i for i, edge in enumerate(edges)} for edges in network.joins["edges"]]
    for number, edges in enumerate(network.joins["edges"]):
        mine = metres[number]
        ahead = {hub[number]: 0.0}
        for i in range(len(edges) - 1, -1, -1):
            edge = edges[i]
            note(before, edge, own[number], mine[i])
            for cluster, distance_m in ahead.items():
                note(after, edge, cluster, distance_m)
            ahead = {cluster: distance_m + length[edge] for cluster, distance_m in ahead.items()}
            for other in through[edge] - through[edges[i - 1]] if i else ():
                to_its_start = metres[other][place[other][edge]]
                ahead[own[other]] = min(to_its_start, ahead.get(own[other], inf))
    labels = {}
    for edge, up in before.items():
        down = after[edge]
        a = min(up, key=lambda c: (up[c], c))
        b = min(down, key=lambda c: (down[c], c))
        inside = [c for c in (a, b) if max(up.get(c, inf), down.get(c, inf)) <= 2.0 * radius_m.get(c, 0.0)]
        labels[edge] = (inside[0], inside[0]) if inside else (min(a, b), max(a, b))
    return labels


def _absorb_fragments(label_of: dict[int, tuple[str, str]], candidates: CandidateGraph) -> None:
    """Give stretches too short to be a corridor the name of the longest stretch they touch, the shortest first."""
    edges = candidates.edges
    ends = dict(enumerate(zip(edges.node_a.tolist(), edges.node_b.tolist(), strict=True)))
    parts = dict(enumerate(_stretches(label_of, ends)))
    first = {i: min(part) for i, part in parts.items()}
    metres = {i: float(edges.length_m[sorted(part)].sum()) for i, part in parts.items()}
    nodes = {i: {node for edge in part for node in ends[edge]} for i, part in parts.items()}
    touching: dict[int, set[int]] = {}
    for i, mine in nodes.items():
        for node in mine:
            touching.setdefault(node, set()).add(i)
    short = [(metres[i], first[i], i) for i in parts if metres[i] < _SHORTEST_CORRIDOR_M]
    heapify(short)
    while short:
        length_m, edge, i = heappop(short)
        if metres.get(i) != length_m or first[i] != edge:
            continue  # it has grown, or is part of another by now
        near = set[int]().union(*(touching[node] for node in nodes[i])) - {i}
        if not near:
            continue
        longest = max(near, key=lambda j: (metres[j], -first[j]))
        label = label_of[first[longest]]
        label_of.update(dict.fromkeys(parts[i], label))
        # what now carries one name and touches is one stretch
        for j in [*sorted(j for j in near if label_of[first[j]] == label and j != longest), i]:
            for node in nodes[j]:
                touching[node] = touching[node] - {j} | {longest}
            nodes[longest] |= nodes.pop(j)
            parts[longest] |= parts.pop(j)
            metres[longest] += metres.pop(j)
            first[longest] = min(first[longest], first.pop(j))
        if metres[longest] < _SHORTEST_CORRIDOR_M:
            heappush(short, (metres[longest], first[longest], longest))


def _stretches(label_of: Mapping[int, tuple[str, str]], ends: Mapping[int, tuple[int, int]]) -> list[set[int]]:
    """Return the connected groups of edges that carry one label."""
    at: dict[tuple[int, tuple[str, str]], list[int]] = {}
    for edge, label in label_of.items():
        for node in ends[edge]:
            at.setdefault((node, label), []).append(edge)
    groups, seen = [], set()
    for edge in sorted(label_of):
        if edge in seen:
            continue
        group, todo = {edge}, [edge]
        while todo:
            here = todo.pop()
            for node in ends[here]:
                for other in at[node, label_of[edge]]:
                    if other not in group:
                        group.add(other)
                        todo.append(other)
        seen |= group
        groups.append(group)
    return groups


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
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return gpd.GeoDataFrame(table, geometry="geometry", crs=candidates.grid.crs)


def _downstream(line: shapely.LineString, start: Mapping[str, float]) -> shapely.LineString:
    """Turn the line so that it starts at the node its flow comes from."""
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
