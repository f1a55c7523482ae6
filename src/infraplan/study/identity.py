"""Identity: ids that keep to their rule, and rows that are not one plant booked twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

import networkx as nx
import pandas as pd

from infraplan.core import Problem, tables

# ids become names of files and keys of links
_ID = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_STABLE = "stable id"
_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
# table, its id, and the column that names other rows of it
_CHAINS = (("projects", "project_id", "depends_on"), ("sites", "site_id", "process_gas_of"))


def check_identity(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return a problem for each id against its rule, invisible character, plant listed twice, and circle."""
    return [*_check_letters(frames), *_check_registry(frames), *_check_circles(frames)]


def remark_doubles(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return a remark for each two sites that may be one: same place and figure, or same name."""
    sites = frames["sites"]
    emitting = sites[sites["co2_kt_per_a"].fillna(0.0) > 0.0]
    found = {
        "site.same_place_and_figure": emitting.groupby(["lon", "lat", "co2_kt_per_a"]),
        "site.same_name": sites.groupby(
            [sites["name"].str.casefold().str.split().str.join(" "), sites["municipality"]]
        ),
    }
    return [
        Problem(code, {"first": int(group.index[0])}, "sites.csv", int(str(row)), "site_id", str(group["site_id"][row]))
        for code, groups in found.items()
        for _, group in groups
        for row in group.index[1:]
    ]


def _check_letters(frames: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for table, frame in frames.items():
        stable = {column.name for column in tables.TABLES[table] if column.about.startswith(_STABLE)}
        for column in frame.columns:
            if frame[column].dtype != object:
                continue
            for row, text in frame[column].items():
                if not isinstance(text, str):
                    continue
                where = (f"{table}.csv", int(str(row)), str(column))
                hidden = sorted({f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in _INVISIBLE})
                if hidden:
                    yield Problem(
                        "table.invisible", {"found": tuple(hidden)}, *where, text.encode("unicode_escape").decode()
                    )
                elif column in stable and text and not _ID.fullmatch(text):
                    yield Problem("table.wrong_id", {}, *where, text)


def _check_registry(frames: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    if "sites" not in frames:
        return
    first: dict[str, int] = {}
    for row, text in frames["sites"]["registry_id"].items():
        key = "".join(str(text).split()).casefold()
        if key and key in first:
            yield Problem("site.registry_twice", {"first": first[key]}, "sites.csv", int(str(row)), "registry_id", text)
        elif key:
            first[key] = int(str(row))


def _check_circles(frames: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for table, key, column in _CHAINS:
        if table not in frames:
            continue
        frame = frames[table]
        graph = nx.DiGraph(
            (own, other) for own, text in zip(frame[key], frame[column], strict=True) for other in str(text).split()
        )
        rows = dict(zip(frame[key], frame.index, strict=True))
        for members in nx.strongly_connected_components(graph):
            some = sorted(members)
            if (len(some) > 1 or graph.has_edge(some[0], some[0])) and some[0] in rows:
                yield Problem("table.circle", {}, f"{table}.csv", int(rows[some[0]]), column, ", ".join(some))
