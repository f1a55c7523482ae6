"""What the command line shows: progress, tables and messages; and how Ctrl-C ends a search."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from infraplan.core import LANGUAGES, format_figure, format_number, translate, translate_word

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


def say(text: str, **values: object) -> None:
    """Print a line in the user's language, as it is: a folder may have brackets in its name."""
    screen.print(translate(text, spoken(), **values), highlight=False, markup=False, soft_wrap=True)


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
        complain(translate("stopping with the best so far; Ctrl-C again to give up", spoken()))

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
            translate_word(carrier, spoken()),
            f"{proof.cost_eur_per_a / EUR_PER_MEUR:,.2f}",
            f"{proof.bound_eur_per_a / EUR_PER_MEUR:,.2f}",
            f"{100.0 * proof.gap:.2f}",
            translate("yes" if proof.gap <= made.exact.gap else "no", spoken()),
        )
        for carrier, proof in made.proofs.items()
    ]
    columns = ["carrier", "net cost MEUR/a", "no network below MEUR/a", "gap %", "within {gap:g} %"]
    heads = [translate(column, spoken(), gap=100 * made.exact.gap) for column in columns]
    title = translate("Proof: pipes and hubs minus the worth of what is joined", spoken())
    print_table(pd.DataFrame(rows, columns=heads), title)


def print_ranking(made: Plan, language: str) -> None:
    """Print the corridors, best first, and the notice of the study."""
    from infraplan.reports import captions, listings, plan_layers

    table = plan_layers.ranking_table(made, language=language)
    columns = {
        "rank": "#", "name": "corridor", "carriers": "carriers", "users": "users", "length_km": "km",
        "co2_avoided_kt_per_a": "CO2 avoided kt/a", "capex_meur": "capex MEUR",
        "cost_meur_per_a": "MEUR/a", "cost_eur_per_t": "EUR/t", "confidence": "confidence", "build_step": "build step",
    }  # fmt: skip
    weights = made.scenario.weights
    if weights:
        columns |= {"weighted_rank": "weighted #", "weighted_score": "score"}
    shown = table[list(columns)].assign(carriers=[listings.name_carriers(text, language) for text in table["carriers"]])
    title = captions.localised(made.study.settings, "title", language)
    print_table(
        shown.rename(columns=_translate_heads(columns, language)),
        f"{title}, {made.scenario.name}, {made.scenario.year}",
    )
    if weights:
        said = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
        text = "Weighted # and score by these weights: {weights}. The first column is the default ranking."
        screen.print(translate(text, language, weights=said))
    screen.print(captions.notice(made.study, language=language))


def print_comparison(before: Plan, after: Plan, found: Comparison, language: str) -> None:
    """Print the differences between two plans: key figures, corridors, and the length of pipe per kind of change."""
    from infraplan.core import M_PER_KM
    from infraplan.reports import captions
    from infraplan.study import corridor_names

    names = [f"{plan.scenario.name}, {plan.scenario.year}" for plan in (before, after)]
    totals = found.totals.assign(
        figure=[translate(text, language) for text in found.totals["figure"]],
        unit=[unit.replace("/a", translate("/a", language)) for unit in found.totals["unit"]],
    )
    totals = totals.rename(columns={"figure": translate("figure", language), "unit": translate("unit", language)})
    print_table(totals.rename(columns={"before": "A", "after": "B", "delta": "B - A"}), f"A {names[0]}; B {names[1]}")
    name = corridor_names(after.study, language=language)
    table = found.corridors
    table = table.assign(
        corridor=[name(a, b) for a, b in zip(table["cluster_a"], table["cluster_b"], strict=True)],
        change=[translate_word(word, language) for word in table["change"]],
    )
    heads = {
        "corridor": "corridor", "change": "change", "rank_before": "# A", "rank_after": "# B",
        "co2_avoided_kt_per_a_before": "CO2 avoided kt/a A", "co2_avoided_kt_per_a_after": "B",
        "capex_meur_before": "capex MEUR A", "capex_meur_after": " B",
    }  # fmt: skip
    ranks = {"rank_before": "Int64", "rank_after": "Int64"}
    shown = table[list(heads)].astype(ranks).astype(dict.fromkeys(ranks, object))
    print_table(shown.rename(columns=_translate_heads(heads, language)), translate("Corridors", language))
    pipes = found.segments.groupby(["carrier", "change"], as_index=False)["length_m"].sum()
    pipes["km"] = pipes.pop("length_m") / M_PER_KM
    for column in ("carrier", "change"):
        pipes[column] = [translate_word(word, language) for word in pipes[column]]
    heads = {column: column for column in pipes.columns}
    print_table(pipes.rename(columns=_translate_heads(heads, language)), translate("Pipes", language))
    screen.print(captions.notice(after.study, language=language))


def print_alternatives(found: pd.DataFrame, zone: pd.DataFrame, limits: Limits) -> None:
    """Print the routes of a corridor and a summary of its search zone."""
    columns = {
        "route_id": "route", "length_km": "km", "ground_cost_meur": "ground MEUR", "extra_cost_pct": "extra cost %",
        "overlap_pct": "overlap %", "crossings": "crossings",
    }  # fmt: skip
    name = found["name"].iloc[0]
    title = translate("{name}: routes over the ground of the reference pipe", spoken(), name=name)
    print_table(found[list(columns)].rename(columns=_translate_heads(columns, spoken())), title)
    for part, routes in found.groupby("part"):
        count = int(routes["is_alternative"].sum())
        if count < limits.routes:
            text = (
                "Part {part}: only {count} of {wanted} alternatives were found that overlap earlier routes by at most "
                "{overlap:.0%} and cost at most {extra:.0%} more"
            )
            values = {"part": part, "count": count, "wanted": limits.routes}
            values |= {"overlap": limits.most_overlap, "extra": limits.most_extra}
            screen.print(translate(text, spoken(), **values))
    held = zone.iloc[0]
    text = "Search zone, within {within} % of least cost: {area} km2, with {inside} % of the proposed strip"
    shown = {"within": held["within_pct"], "area": held["area_km2"], "inside": held["strip_inside_pct"]}
    screen.print(translate(text, spoken(), **{key: format_figure(value, spoken()) for key, value in shown.items()}))


def print_explanation(explained: Explanation, language: str) -> None:
    """Print an explanation step by step: sign, label, number, range and unit, with formula and source below."""
    from rich.padding import Padding

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


def _translate_heads(heads: Mapping[str, str], language: str) -> dict[str, str]:
    """Return column titles in the reader's language, their spaces kept: two columns may not have one name."""
    return {
        column: head.replace(head.strip(), translate(head.strip(), language)) if head.strip("# AB") else head
        for column, head in heads.items()
    }


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
        return "" if value != value else format_number(value, spoken(), digits)
    return escape(str(value))
