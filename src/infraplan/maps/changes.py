"""What a plan changed against another: lines that came, went, grew and shrank."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd

from infraplan import style
from infraplan.maps.basemap import paint_line
from infraplan.maps.cards import UNIT_WORDS, name_carrier, write_quantity
from infraplan.maps.drawing import DIGITS, LEVELS, draw_paths
from infraplan.maps.frames import check_frames, make_features
from infraplan.maps.layers import simplify
from infraplan.maps.printing import Group
from infraplan.words import check_language, translate

COLUMNS = {"changes": ("carrier", "change", "flow_before", "flow_after", "unit")}
SECTION = "Changes"
PAINTED = ("went", "shrank", "grew", "came")


def change_layers(groups: Sequence[Group], changes: gpd.GeoDataFrame, *, language: str) -> list[Group]:
    """Put what changed under a plan's groups, in place of the corridors' own colour; where nothing did, leave them.

    Parameters
    ----------
    groups
        A plan's groups (see :func:`infraplan.maps.plan_layers`).
    changes
        Segments in WGS84 with ``carrier``, ``change`` (came, went, grew, shrank, same), ``flow_before``,
        ``flow_after`` and ``unit`` [kt/a or GWh/a].

    Raises
    ------
    ExportError
        On a missing column or another CRS than WGS84.
    """
    check_language(language)
    check_frames({"changes": changes}, COLUMNS, complete=True)
    quiet = translate("Proposed corridors", language)
    told = [_group(changes[changes["change"] == change], change, language) for change in PAINTED]
    marked = [group for group in told if group is not None]
    return [*marked, *(group for group in groups if not marked or group.layer_name != quiet)]


def _group(rows: gpd.GeoDataFrame, change: str, language: str) -> Group | None:
    if rows.empty:
        return None
    look = style.CHANGE_STYLE[change]
    tips = []
    for row in rows.itertuples(index=False):
        unit = UNIT_WORDS.get(str(row.unit), str(row.unit))
        flows = [write_quantity(flow, unit, language) for flow in (row.flow_before, row.flow_after)]
        tips.append({"tip": f"{name_carrier(str(row.carrier), language)}: {flows[0]} → {flows[1]}"})
    features = make_features([simplify(line) for line in rows.geometry], tips, digits=DIGITS)
    paint = paint_line(look, level=LEVELS["corridors"])
    group = Group(translate(look.label, language), section=translate(SECTION, language))
    group.add_child(draw_paths(features, [paint] * len(features)))
    return group
