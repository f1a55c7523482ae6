"""Steiner trees: the cheapest tree that joins some nodes of a graph, with a proof of how near to the best it is.

``steiner_tree`` takes and gives networkx graphs, ``find_tree`` the same in arrays.
"""

from infraplan.routes.trees.steiner import SteinerTree, find_tree, steiner_tree

__all__ = ["SteinerTree", "find_tree", "steiner_tree"]
