"""Many files at once: all sheets of a plan, the tables for a spreadsheet, everything in one zip."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from infraplan.core import NEED_CARRIERS, Batch, InfraplanError, Problem, files, spreadsheets
from infraplan.plan import Plan
from infraplan.reports import plan_json, plan_layers, plan_tables, sheets, writers
from infraplan.reports.plan_layers import Frames


def check_sheets(kind: str | None, size: str, suffix: str) -> None:
    """Refuse an unknown kind, size or format before the plan is made, with all mistakes in one error.

    Raises
    ------
    InfraplanError
        With one problem per wrong option.
    """
    known = {
        "--kind": ("sheet.unknown_kind", kind, writers.SHEET_KINDS),
        "--size": ("sheet.unknown_size", size, tuple(sheets.PAGES)),
        "--format": ("sheet.unknown_format", suffix, tuple(name.lstrip(".") for name in sheets.FORMATS)),
    }
    problems = [
        Problem(code, {"known": choices}, file=option, value=value)
        for option, (code, value, choices) in known.items()
        if value is not None and value not in choices
    ]
    if problems:
        raise InfraplanError(problems)


def write_sheets(
    plan: Plan,
    folder: Path,
    *,
    kinds: Sequence[str] = writers.SHEET_KINDS,
    corridor_id: str = "",
    carrier: str = "",
    before: Plan | None = None,
    variants: Mapping[str, Plan] | None = None,
    language: str = "en",
    size: str = "A3",
    suffix: str = ".pdf",
    routes: bool = False,
    report_progress: Callable[[float, str], None] | None = None,
) -> list[Path]:
    """Write the sheets of some kinds into a folder: all of them or, on an error, none.

    Sheets of the same inputs that are there already stay; those of other inputs are removed.

    Parameters
    ----------
    plan
        Plan to draw.
    folder
        Folder for the sheets.
    kinds
        Kinds of sheets.
    corridor_id
        One corridor; without it, every corridor gets its fact sheet.
    carrier
        One carrier; without it, every carrier with a need gets its sheet.
    before
        Plan to compare with; without it, no comparison is drawn.
    variants, language, size, routes
        As in ``writers.write_sheet``.
    suffix
        File format, with a dot.
    report_progress
        Function called with the progress [0..1] and the name of the sheet.

    Returns
    -------
    list of Path
        Paths of the sheets.

    Raises
    ------
    InfraplanError, ExportError
        As in ``writers.write_sheet``.
    """
    layers = plan_layers.frames(plan, language=language)
    needed = plan.needs_by_year.at_milestones(plan.case)
    shared: dict[str, Any] = {
        "language": language, "size": size, "layers": layers, "needed": needed, "routes": routes,
        "before": before, "variants": variants,
    }  # fmt: skip
    wanted = list(_list_sheets(layers, needed, plan.scenario.year, kinds, corridor_id, carrier, before is not None))
    if not wanted:
        problem = Problem("sheet.nothing_to_show", file="--kind")
        raise InfraplanError(problem)
    batch = Batch("sheets", plan_json.about(plan), frozenset(f"{name}{suffix}" for name, _ in wanted), adds=True)
    with files.whole_or_nothing(folder, batch) as draft:
        for number, (name, options) in enumerate(wanted):
            if report_progress is not None:
                report_progress(number / len(wanted), name)
            writers.write_sheet(plan, draft / f"{name}{suffix}", **(shared | options))
    return [folder / f"{name}{suffix}" for name, _ in wanted]


def _list_sheets(
    layers: Frames,
    needed: pd.DataFrame,
    year: int,
    kinds: Sequence[str],
    corridor_id: str,
    carrier: str,
    comparable: bool,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name of each file without suffix, and the options of ``writers.write_sheet`` for it."""
    for kind in kinds:
        if kind == "corridor":
            for one in [corridor_id] if corridor_id else layers.corridors["corridor_id"]:
                yield f"sheet-corridor-{one}", {"kind": kind, "corridor_id": str(one)}
        elif kind == "needs":
            present = set(needed.loc[needed["year"] == year, "carrier"])
            for one in [carrier] if carrier else [c for c in NEED_CARRIERS if c in present]:
                yield f"sheet-needs-{one}", {"kind": kind, "carrier": one}
        elif kind != "comparison" or comparable or len(kinds) == 1:
            yield f"sheet-{kind}", {"kind": kind}


def write_zip(plan: Plan, path: Path, *, language: str = "en") -> Path:
    """Write all files of a plan and the tables for a spreadsheet into one zip; the same plan gives the same bytes."""
    with tempfile.TemporaryDirectory(prefix="infraplan-") as name:
        folder = Path(name) / "plan"
        with files.whole_or_nothing(folder, writers.batch_of(plan)) as draft:
            writers.write_files(plan, draft, language=language)
            for table, content in list_spreadsheets(plan, language=language).items():
                (draft / f"{table}-excel.csv").write_bytes(spreadsheets.write_csv(content))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.iterdir()):
                # ZipInfo has a fixed date; the time of writing would change the bytes
                archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return path


def list_spreadsheets(plan: Plan, *, language: str = "en") -> dict[str, pd.DataFrame]:
    """Return the tables for a spreadsheet, by file name."""
    return {
        "ranking": plan_layers.ranking_table(plan, language=language),
        "needs": plan_tables.needs_table(plan),
    }
