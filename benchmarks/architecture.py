"""The house in one picture, drawn from its real imports: ``python -m benchmarks.architecture docs/architecture.svg``.

The rooms stand on a stair in the order of the flow. A dot says that the room of its row takes names from the room of
its column. A dot above the stair would be an import against the flow.
"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1] / "src" / "infraplan"
# the order of the flow; `tests/test_house.py` forbids imports against it
FLOW = (
    "core",
    "study",
    "engineering",
    "demand",
    "routes",
    "networks",
    "appraisal",
    "plan",
    "analysis",
    "reports",
    "cli",
    "ui",
)
STEP_PX, ROW_PX, LEFT_PX, TOP_PX = 84, 34, 14, 10
RADIUS_PX = 7
INK, PALE, LINE, DOT = "#2B3138", "#F4F4F0", "#DAD8D2", "#2F5D7C"


def find_users() -> set[tuple[str, str]]:
    """Return every pair of rooms of which the first takes something from the second."""
    pairs = set()
    for path in sorted(HOUSE.rglob("*.py")):
        user = path.relative_to(HOUSE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "infraplan":
                _, _, below = (node.module or "").partition(".")
                pairs |= {(user, below.partition(".")[0] or alias.name) for alias in node.names}
    return {(user, used) for user, used in pairs if user != used and {user, used} <= set(FLOW)}


def centre(step: int) -> float:
    """Return where the column of a room has its middle [px]."""
    return LEFT_PX + STEP_PX * (step + 0.5)


def draw() -> str:
    """Return the picture as SVG."""
    pairs = find_users()
    width, height = 2 * LEFT_PX + STEP_PX * len(FLOW), 2 * TOP_PX + ROW_PX * len(FLOW)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="13" fill="{INK}">',
        "<title>Rooms of infraplan in the order of the flow, and what each takes from those before it</title>",
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>',
    ]
    for row, room in enumerate(FLOW):
        top = TOP_PX + ROW_PX * row
        middle, right = top + ROW_PX / 2, LEFT_PX + STEP_PX * len(FLOW)
        lines.append(f'<line x1="{LEFT_PX}" y1="{middle}" x2="{right}" y2="{middle}" stroke="{LINE}"/>')
        for column, used in enumerate(FLOW):
            if (room, used) in pairs:
                lines.append(
                    f'<circle cx="{centre(column)}" cy="{middle}" r="{RADIUS_PX}" fill="{DOT}">'
                    f"<title>{room} uses {used}</title></circle>"
                )
        lines += [
            f'<rect x="{LEFT_PX + STEP_PX * row}" y="{top + 5}" width="{STEP_PX}" height="{ROW_PX - 10}" rx="4" '
            f'fill="{PALE}" stroke="{INK}"/>',
            f'<text x="{centre(row)}" y="{middle + 4}" text-anchor="middle" font-weight="600" font-size="13">'
            f"{room}</text>",
        ]
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    """Draw the picture into a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.parse_args().file.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
