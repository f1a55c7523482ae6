"""State of the kernels: NamedTuples of arrays, so that a whole search runs without the interpreter.

``DesignState`` holds everything. Some arrays have named columns or places, which are the constants here. Amounts are in
kt/a or GWh/a, money in EUR/a, worth and hub cost in EUR per t or MWh.
"""

from __future__ import annotations

from typing import NamedTuple

from infraplan.core import kernels

EPSILON = 1.0e-9
UNITS_PER_AMOUNT = 1000.0  # t per kt and MWh per GWh
ROUNDING = 1.0e-7  # of the capacity of an existing pipe
NODE, EDGE = 0, 1  # columns of `Graph.arcs`
FREE, REUSE, LAID, TERM_COLUMNS = 0, 1, 2, 3  # columns of `Prices.terms`
METRE, CROSSING, TIE, FLOW, COST, EDGE_COLUMNS = 0, 1, 2, 3, 4, 5  # columns of `Loads.edges`
PIPES, TRADE = 0, 1  # places in `Loads.money`
SLOTS, POOL, OVERFLOW = 0, 1, 2  # places in `PathFlows.used`
DONE, ENOUGH = 0, 1  # places in `Workspace.work`


class Graph(NamedTuple):
    """The candidate graph in compressed rows: the arcs of node n are ``first_arc[n]`` to ``first_arc[n + 1]``.

    ``arcs`` has the columns NODE (end of the arc) and EDGE.
    """

    first_arc: kernels.Ints32
    arcs: kernels.Int32Rows


class Prices(NamedTuple):
    """The price list per pipe size, the thinnest first, and the terms of single edges.

    crossing_annual : yearly cost per EUR of crossing by the reference pipe [1/a]. terms : no rows if no edge has terms;
    else per edge FREE, the capacity of the existing pipe (below 0: no pipe may be used), REUSE, its yearly cost in use,
    and LAID, whether a new pipe must be laid even without flow.
    """

    capacity: kernels.Floats
    annual_eur_per_m: kernels.Floats
    crossing_annual: kernels.Floats
    terms: kernels.FloatRows


class Clients(NamedTuple):
    """Node, amount and worth of each client; an infinite worth says that the client must join."""

    node: kernels.Ints
    amount: kernels.Floats
    worth: kernels.Floats


class Hubs(NamedTuple):
    """Cost per unit and fixed cost [EUR/a] of each hub.

    ``first_at`` gives the first hub at each node, ``next_at`` the one after each hub at the same node; -1 ends.
    """

    cost: kernels.Floats
    fixed_eur: kernels.Floats
    first_at: kernels.Ints32
    next_at: kernels.Ints32


class Loads(NamedTuple):
    """What edges and hubs carry now, and the cost of that.

    edges : METRE (weighted length), CROSSING [EUR], TIE (a small cost to decide between equal paths), FLOW and COST of
    each edge, side by side because they are read together. room, taken : room left and amount taken of each hub.
    unpaid_eur : fixed cost of each hub not used yet. money : PIPES, the cost of all pipes, and TRADE, the cost of hubs
    less the worth of joined clients.
    """

    edges: kernels.FloatRows
    room: kernels.Floats
    taken: kernels.Floats
    unpaid_eur: kernels.Floats
    money: kernels.Floats


class PathFlows(NamedTuple):
    """The path flows of each client: amounts sent along edges to a hub.

    A path flow has a slot: its ``hub``, ``amount`` and edges, ``length`` entries of ``pool`` from ``begin``. The path
    flows of a client form a linked list: ``first`` per client, ``next`` per slot; -1 ends it. used : SLOTS and POOL
    count what is in use, OVERFLOW is 1 after lack of room. A path flow that is taken off keeps its slot, so that it
    can be put back; ``flow_accounts.pack`` frees unused slots.
    """

    first: kernels.Ints32
    next: kernels.Ints32
    hub: kernels.Ints32
    amount: kernels.Floats
    begin: kernels.Ints
    length: kernels.Ints32
    pool: kernels.Ints32
    used: kernels.Ints


class Workspace(NamedTuple):
    """Work space of one search.

    distance, parent_arc, parent_node : per node. heap_keys, heap_nodes : the heap. met : nodes met, to be reset.
    open_hubs : 1 where the search may end. heads : first path flow of each member of a group that was taken off.
    seen_tiles : one bit per tile looked at. tile_of : tile of each node. work : arcs looked at so far (DONE), and the
    limit for one search (ENOUGH), after which the best hub found is taken.
    """

    distance: kernels.Floats
    parent_arc: kernels.Ints32
    parent_node: kernels.Ints32
    heap_keys: kernels.Floats
    heap_nodes: kernels.Ints32
    met: kernels.Ints32
    open_hubs: kernels.Bytes
    heads: kernels.Ints32
    seen_tiles: kernels.Words
    tile_of: kernels.Ints32
    work: kernels.Ints


class DesignState(NamedTuple):
    """Everything about one network in the making.

    reach : which hubs (columns) a client (row) may be joined to. fitted : edges with a pipe that parts of a client are
    fitted to; if there are none, clients stay whole.
    """

    graph: Graph
    prices: Prices
    clients: Clients
    hubs: Hubs
    reach: kernels.FlagRows
    fitted: kernels.Ints
    loads: Loads
    flows: PathFlows
    space: Workspace
