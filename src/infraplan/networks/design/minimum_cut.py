"""The cheapest set of arcs that cuts a network in two, between a source and a sink."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from infraplan.core import FloatArray, IntArray, kernels

BoolArray = npt.NDArray[np.bool_]


class FlowGraph(NamedTuple):
    """Arcs with a direction, in compressed rows; arcs 2i and 2i + 1 are each other's reverse.

    ``leaving`` lists the arcs that leave each node n, from ``first[n]`` to ``first[n + 1]``; ``head`` is where each
    arc leads.
    """

    first: kernels.Ints32
    leaving: kernels.Ints32
    head: kernels.Ints32


def lay_out_arcs(tail: IntArray, head: IntArray, nodes: int) -> FlowGraph:
    """Return the graph of arcs from ``tail`` to ``head``, each followed by its reverse."""
    ends = np.column_stack([tail, head]).ravel()
    order = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[order], np.arange(nodes + 1))
    other = np.column_stack([head, tail]).ravel()
    return FlowGraph(first.astype(np.int32), order.astype(np.int32), other.astype(np.int32))


def minimum_cut(graph: FlowGraph, capacity: FloatArray, source: int, sink: int) -> tuple[float, BoolArray, BoolArray]:
    """Return the largest flow and the source's side of the cut nearest the source and nearest the sink.

    Source: E. A. Dinic (1970), Soviet Mathematics Doklady 11, 1277-1280.
    """
    # compiled only where a cut is asked for
    from infraplan.networks.design.filling import cut

    nodes = len(graph.first) - 1
    near, far = np.zeros(nodes, bool), np.zeros(nodes, bool)
    value = cut(graph, capacity.copy(), source, sink, near, far)
    return value, near, ~far
