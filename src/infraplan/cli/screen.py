"""What the command line shows: progress, tables and messages; and how Ctrl-C ends a search."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from infraplan.core import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd

    from infraplan.analysis import Comparison, Explanation, Step
    from infraplan.networks import Limits
    from infraplan.plan import Plan

# columns of a step: sign, label, number, range, unit; together 100 wide
_STEP_WIDTHS = (1, 57, 10, 19, 9)
_STEP_JUSTIFY: tuple[Literal["left", "right"], ...] = ("left", "left", "right", "right", "left")
_STEP_WIDTH = sum(_STEP_WIDTHS) + len(_STEP_WIDTHS) - 1
_language = ContextVar("language", default="en")
screen = Console()
complaints = Console(stderr=True)


def speak(language: str) -> str:
    """Set the language of messages; an unknown one is English here, and the command refuses it."""
    _language.set(language if language in LANGUAGES else "en")
    return language


def spoken() -> str:
    """Return the language that the user chose."""
    return _language.get()


def complain(message: str) -> None:
    """Print a message on the error stream."""
    complaints.print("[bold red]infraplan:[/]", end=" ")
    complaints.print(message, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def show_progress() -> Iterator[Callable[[float, str], None]]:
    """Show the progress of the work, on a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=complaints, transient=True, disable=not complaints.is_terminal) as bar:
        task = bar.add_task("reading", total=1.0)
        yield lambda share, what: bar.update(task, completed=share, description=what)


@contextmanager
def brake() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the search with the best so far, and the second one end the program."""
    stopped = threading.Event()

    def press(number: int, frame: FrameType | None) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        complain("stopping with the best so far; Ctrl-C again to give up")

    before = signal.signal(signal.SIGINT, press)
    try:
        yield stopped.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def print_proofs(made: Plan) -> None:
    """Print the proven gap of each carrier's network, if a proof was asked."""
    import pandas as pd

    from infraplan.core import EUR_PER_MEUR

    if made.exact is None:
        return
    rows = [
        (
            carrier,
            f"{proof.cost_eur_per_a / EUR_PER_MEUR:,.2f}",
            f"{proof.bound_eur_per_a / EUR_PER_MEUR:,.2f}",
            f"{100.0 * proof.gap:.2f}",
            "yes" if proof.gap <= made.exact.gap else "no",
        )
        for carrier, proof in made.proofs.items()
    ]
    columns = ["carrier", "net cost MEUR/a", "no network below MEUR/a", "gap %", f"within {100 * made.exact.gap:g} %"]
    print_table(pd.DataFrame(rows, columns=columns), "Proof: pipes and hubs minus the worth of what is joined")


def print_ranking(made: Plan, language: str) -> None:
    """Print the corridors, best first, and the notice of the study."""
    from infraplan.reports import captions, plan_layers

    table = plan_layers.ranking_table(made, language=language)
    columns = {
        "rank": "#", "name": "corridor", "carriers": "carriers", "users": "users", "length_km": "km",
        "co2_avoided_kt_per_a": "CO2 avoided kt/a", "capex_meur": "capex MEUR",
        "cost_meur_per_a": "MEUR/a", "cost_eur_per_t": "EUR/t", "confidence": "confidence", "build_step": "build step",
    }  # fmt: skip
    weights = made.scenario.weights
    if weights:
        columns |= {"weighted_rank": "weighted #", "weighted_score": "score"}
    shown = table[list(columns)].rename(columns=columns)
    print_table(shown, f"{made.study.settings.title_en}, {made.scenario.name}, {made.scenario.year}")
    if weights:
        said = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
        screen.print(f"Weighted # and score by the weights asked: {said}. The first column is the default ranking.")
    screen.print(captions.notice(made.study, language=language))


def print_comparison(before: Plan, after: Plan, found: Comparison, language: str) -> None:
    """Print the differences between two plans: key figures, corridors, and the length of pipe per kind of change."""
    from infraplan.core import M_PER_KM, translate
    from infraplan.reports import captions
    from infraplan.study import corridor_names

    names = [f"{plan.scenario.name}, {plan.scenario.year}" for plan in (before, after)]
    totals = found.totals.assign(figure=[translate(text, language) for text in found.totals["figure"]])
    print_table(totals.rename(columns={"before": "A", "after": "B", "delta": "B - A"}), f"A {names[0]}; B {names[1]}")
    name = corridor_names(after.study, language=language)
    table = found.corridors
    table = table.assign(corridor=[name(a, b) for a, b in zip(table["cluster_a"], table["cluster_b"], strict=True)])
    heads = {
        "corridor": "corridor", "change": "change", "rank_before": "# A", "rank_after": "# B",
        "co2_avoided_kt_per_a_before": "CO2 avoided kt/a A", "co2_avoided_kt_per_a_after": "B",
        "capex_meur_before": "capex MEUR A", "capex_meur_after": " B",
    }  # fmt: skip
    shown = table[list(heads)].rename(columns=heads)
    print_table(shown.astype({"# A": "Int64", "# B": "Int64"}).astype({"# A": object, "# B": object}), "Corridors")
    pipes = found.segments.groupby(["carrier", "change"], as_index=False)["length_m"].sum()
    pipes["km"] = pipes.pop("length_m") / M_PER_KM
    print_table(pipes, "Pipes")
    screen.print(captions.notice(after.study, language=language))


def print_alternatives(found: pd.DataFrame, zone: pd.DataFrame, limits: Limits) -> None:
    """Print the routes of a corridor and a summary of its search zone."""
    columns = {
        "route_id": "route", "length_km": "km", "ground_cost_meur": "ground MEUR", "extra_cost_pct": "extra cost %",
        "overlap_pct": "overlap %", "crossings": "crossings",
    }  # fmt: skip
    name = found["name"].iloc[0]
    print_table(found[list(columns)].rename(columns=columns), f"{name}: routes over the ground of the reference pipe")
    for part, routes in found.groupby("part"):
        count = int(routes["is_alternative"].sum())
        if count < limits.routes:
            where = f"In part {part}" if found["part"].max() > 1 else "Here"
            screen.print(
                f"{where} only {count} of {limits.routes} alternatives were found that overlap earlier routes by at "
                f"most {limits.most_overlap:.0%} and cost at most {limits.most_extra:.0%} more"
            )
    held = zone.iloc[0]
    screen.print(
        f"Search zone, within {held['within_pct']:g} % of least cost: {held['area_km2']:,.0f} km2, "
        f"with {held['strip_inside_pct']:.0f} % of the proposed strip"
    )


def print_explanation(explained: Explanation, language: str) -> None:
    """Print an explanation step by step: sign, label, number, range and unit, with formula and source below."""
    from rich.padding import Padding

    from infraplan.core import format_figure

    def figure(value: float | None) -> str:
        return "" if value is None else format_figure(value, language)

    screen.print(f"[bold]{escape(explained.title)}[/]", highlight=False)
    screen.print(escape(explained.about), style="dim", highlight=False)
    for section in explained.sections:
        screen.print(f"\n[bold]{escape(section.title)}[/]", highlight=False)
        for step in section.steps:
            result = "bold" if step.sign == "=" else ""
            ends = "" if step.low is None else f"{figure(step.low)}..{figure(step.high)}"
            row = Table.grid(padding=(0, 1))
            for width, justify in zip(_STEP_WIDTHS, _STEP_JUSTIFY, strict=True):
                row.add_column(width=width, justify=justify, overflow="fold")
            cells = (step.sign, step.label, step.text or figure(step.value), ends, step.unit)
            row.add_row(*(escape(cell) for cell in cells), style=result)
            screen.print(row, highlight=False)
            for line, style in _lines_below(step):
                screen.print(Padding(f"[{style}]{escape(line)}[/]", (0, 0, 0, 4)), highlight=False, width=_STEP_WIDTH)


def _lines_below(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the lines below a step, each with its style."""
    if step.changed:
        yield step.changed, "bold yellow"
    if step.formula:
        yield f"= {step.formula}", "cyan"
        yield f"= {step.filled}", "cyan"
    if step.source or step.note:
        yield " · ".join(part for part in (step.source, step.note) if part), "dim"


def print_table(frame: pd.DataFrame, title: str) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left")
    kinds = {column: frame[column].dtype.kind for column in frame.columns}
    for column in frame.columns:
        table.add_column(str(column), justify="right" if kinds[column] in "fi" else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    screen.print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        digits = 2 if abs(value) < 1 else 1 if abs(value) < 100 else 0
        return "" if value != value else f"{value:,.{digits}f}"
    return escape(str(value))
