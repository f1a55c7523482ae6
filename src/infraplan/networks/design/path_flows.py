"""Path flows, one by one and as the arrays that the kernels take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from infraplan.core import IntArray
from infraplan.networks.design import flow_accounts
from infraplan.networks.design.kernel_state import PathFlows


@dataclass(frozen=True)
class PathFlow:
    """Part of a client's amount, sent along ``edges`` to hub number ``hub``."""

    hub: int
    amount: float
    edges: IntArray


def list_path_flows(flows: PathFlows) -> list[tuple[PathFlow, ...]]:
    """Return the path flows of each client, in the order they were added."""
    listed = []
    for head in flows.first.tolist():
        mine, slot = [], head
        while slot >= 0:
            begin = flows.begin[slot]
            edges = flows.pool[begin : begin + flows.length[slot]].astype(np.int64)
            mine.append(PathFlow(int(flows.hub[slot]), float(flows.amount[slot]), edges))
            slot = int(flows.next[slot])
        listed.append(tuple(mine[::-1]))
    return listed


def make_flows(clients: int, slots: int, entries: int) -> PathFlows:
    """Return empty lists of path flows with the given room."""
    return PathFlows(
        first=np.full(clients, -1, np.int32),
        next=np.empty(slots, np.int32),
        hub=np.empty(slots, np.int32),
        amount=np.empty(slots),
        begin=np.empty(slots, np.int64),
        length=np.empty(slots, np.int32),
        pool=np.empty(entries, np.int32),
        used=np.zeros(3, np.int64),
    )


def packed(flows: PathFlows, slots: int, entries: int) -> PathFlows:
    """Return the path flows in use, with room for so many more slots and pool entries."""
    used_slots, used_entries = flow_accounts.count_used(flows)
    new = make_flows(len(flows.first), used_slots + slots, used_entries + entries)
    flow_accounts.pack(flows, new)
    return new
