"""What tests of sheets share: reading texts back, and refusing names that overlap."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from infraplan.core import style
from infraplan.plan import Plan


def read_texts(path: Path) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


def first_corridor(plan: Plan) -> str:
    return str(plan.ranking["corridor_id"].iloc[0])


def refuse_overlap(figure: Figure, *, everything: bool) -> None:
    """Names on the map never touch each other nor a rank; no other text lies on another or leaves the page."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    paper, ground = figure.axes[0], figure.axes[1]
    names = [text.get_window_extent(renderer) for text in paper.texts if text.get_gid() == "name"]
    inside = ground.get_window_extent(renderer)
    assert all(inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1) for box in names)
    for one, other in combinations(names, 2):
        assert not one.overlaps(other)
    discs = [find_disc(art) for art in paper.collections if art.get_gid() == "rank"]
    for name in names:
        for x, y, radius in discs:
            nearest = min(max(x, name.x0), name.x1), min(max(y, name.y0), name.y1)
            assert np.hypot(nearest[0] - x, nearest[1] - y) >= radius - 1.0
    for one_disc, other_disc in combinations(discs, 2):
        gap = np.hypot(one_disc[0] - other_disc[0], one_disc[1] - other_disc[1])
        assert gap >= one_disc[2] + other_disc[2] - 1.0
    if not everything:
        return
    page = figure.bbox
    texts = [text for text in paper.texts if text.get_text() and text.get_gid() not in ("name", "north-letter")]
    texts = [text for text in texts if text.get_color() != style.HALO]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    assert len(boxes) > 20
    for told, box in boxes:
        assert page.contains(box.x0, box.y0), told
        assert page.contains(box.x1, box.y1), told
    for (one_text, one), (other_text, other) in combinations(boxes, 2):
        # Line boxes hold air for tails and accents: half of it may be shared.
        air = 0.25 * min(one.height, other.height)
        wide = min(one.x1, other.x1) - max(one.x0, other.x0)
        high = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert wide <= 1.0 or high <= air, (one_text, other_text)


def find_disc(art: Any) -> tuple[float, float, float]:
    """Middle and radius of a rank [px]."""
    x, y = art.axes.transData.transform(art.get_offsets()[0])
    return float(x), float(y), float(np.sqrt(art.get_sizes()[0]) / 2.0 * art.figure.dpi / 72.0)
