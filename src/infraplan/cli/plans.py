"""Commands that make a plan and write, print or explain what came out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infraplan.cli.application import app
from infraplan.cli.case import Folder, Language, ScenarioName, Year, get_ready, read_case, read_other
from infraplan.cli.screen import (
    brake,
    print_alternatives,
    print_comparison,
    print_explanation,
    print_proofs,
    print_ranking,
    say,
    screen,
    show_progress,
)
from infraplan.core import Problem, ScenarioError


@app.command()
def plan(
    study: Folder = None,
    scenario: ScenarioName = None,
    year: Year = None,
    carriers: Annotated[str | None, typer.Option(help="Carriers, separated by commas: co2,h2,heat")] = None,
    cost_model: Annotated[
        str | None, typer.Option("--cost-model", help="Cost model of CO2 pipes: engineering, or a published regression")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files of the plan")] = Path("out"),
    weights: Annotated[
        str | None, typer.Option(help="Weights for a second ranking beside the default one: co2=3,cost=1")
    ] = None,
    language: Language = "en",
    exact: Annotated[
        bool, typer.Option("--exact", help="Go on with a solver and prove how far from the cheapest the plan can be")
    ] = False,
    time_limit: Annotated[
        float, typer.Option(min=0.0, help="With --exact: seconds per carrier; Ctrl-C ends it with the best so far")
    ] = 60.0,
    gap: Annotated[float, typer.Option(min=0.0, max=1.0, help="With --exact: proven gap at which to stop")] = 0.005,
) -> None:
    """Propose shared corridors, write them as GeoJSON, tables and maps, and print the ranking."""
    get_ready(language)
    from infraplan import plan as story
    from infraplan.core import Exactness
    from infraplan.reports import writers

    case = read_case(study, scenario, year, carriers, cost_model, weights)
    writers.refuse_unwritable(out, writers.PLAN_FILES)
    with show_progress() as report_progress:
        if exact:
            with brake() as stopped:
                wanted = Exactness(gap=gap, time_limit_s=time_limit)
                made = story.make_plan(
                    case.study, case.scenario, progress=report_progress, exact=wanted, should_stop=stopped
                )
        else:
            made = story.make_plan(case.study, case.scenario, progress=report_progress)
        report_progress(1.0, "files")
        writers.write(made, out, language=language)
    print_ranking(made, language)
    print_proofs(made)
    say("Files in {folder}", folder=out)


@app.command()
def sheets(
    study: Folder = None,
    scenario: ScenarioName = None,
    year: Year = None,
    kind: Annotated[
        str | None, typer.Option(help="overview, corridor, needs or comparison (default: all that can be made)")
    ] = None,
    corridor: Annotated[str, typer.Option(help="Id of one corridor, as in ranking.csv (default: every corridor)")] = "",
    carrier: Annotated[str, typer.Option(help="co2, h2, heat or electricity (default: every one needed)")] = "",
    against: Annotated[
        str | None, typer.Option(help="Scenario to compare with, NAME or NAME@YEAR: makes the comparison")
    ] = None,
    size: Annotated[str, typer.Option(help="A3, A4 or 16:9")] = "A3",
    file_format: Annotated[str, typer.Option("--format", help="pdf, svg or png")] = "pdf",
    routes: Annotated[bool, typer.Option("--routes", help="Tell on fact sheets what other routes would cost")] = False,
    out: Annotated[Path, typer.Option(help="Folder for the sheets")] = Path("out"),
    language: Language = "en",
) -> None:
    """Make the plan and write map sheets for print: overview, corridors, needs, comparison."""
    get_ready(language)
    from infraplan import plan as story
    from infraplan.reports import batch, writers

    batch.check_sheets(kind, size, file_format)
    case = read_case(study, scenario, year, None)
    beside = None if against is None else read_other(study, against, case.scenario.year)
    writers.refuse_unwritable(out)
    with show_progress() as report_progress:
        made = story.make_plan(case.study, case.scenario, progress=report_progress)
        before = (
            None
            if beside is None
            else story.make_plan(case.study, beside.scenario, ground=made.ground, progress=report_progress)
        )
        paths = batch.write_sheets(
            made,
            out,
            kinds=writers.SHEET_KINDS if kind is None else (kind,),
            corridor_id=corridor,
            carrier=carrier,
            before=before,
            language=language,
            size=size,
            suffix=f".{file_format}",
            routes=routes,
            report_progress=report_progress,
        )
    for path in paths:
        screen.print(str(path), highlight=False, soft_wrap=True)


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="A scenario: its name, or the path of a TOML file")],
    after: Annotated[str, typer.Argument(help="Another scenario, likewise")],
    study: Folder = None,
    year: Year = None,
    out: Annotated[Path | None, typer.Option(help="Folder for comparison.geojson and comparison.csv")] = None,
    language: Language = "en",
) -> None:
    """Make the plans of two scenarios and show what differs: key figures, corridors, pipes."""
    get_ready(language)
    from infraplan import plan as story
    from infraplan.analysis import comparison
    from infraplan.reports import writers

    cases = [read_case(study, name, year, None) for name in (before, after)]
    if out is not None:
        writers.refuse_unwritable(out)
    opened = cases[0].study
    with show_progress() as report_progress:
        first = story.make_plan(
            opened, cases[0].scenario, progress=lambda share, what: report_progress(share / 2, what)
        )
        second = story.make_plan(
            opened,
            cases[1].scenario,
            ground=first.ground,
            progress=lambda share, what: report_progress(0.5 + share / 2, what),
        )
        report_progress(1.0, "comparison")
        found = comparison.compare(first, second)
        if out is not None:
            writers.write_comparison(first, second, found, out)
    print_comparison(first, second, found, language)
    if out is not None:
        say("Files in {folder}", folder=out)


@app.command()
def alternatives(
    corridor: Annotated[str, typer.Argument(help="Id of a corridor of the plan, as in ranking.csv")],
    study: Folder = None,
    scenario: ScenarioName = None,
    year: Year = None,
    routes: Annotated[int | None, typer.Option(help="How many alternatives (default: the study's)")] = None,
    overlap: Annotated[float | None, typer.Option(help="Largest overlap with earlier routes [%]")] = None,
    within: Annotated[float | None, typer.Option(help="Cost of the search zone above least cost [%]")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the two GeoJSON files")] = Path("out"),
    language: Language = "en",
) -> None:
    """Compare a corridor with other routes between its ends, and draw the zone in which to search."""
    get_ready(language)
    from infraplan import plan as story
    from infraplan.networks import alternatives as other
    from infraplan.reports import captions, writers

    case = read_case(study, scenario, year, None)
    limits = other.limits_of(case.assumptions, routes=routes, overlap_pct=overlap, within_pct=within)
    writers.refuse_unwritable(out)
    with show_progress() as report_progress:
        made = story.make_plan(case.study, case.scenario, progress=report_progress)
        other.check_corridor(made.corridors, corridor)
        report_progress(1.0, "alternatives")
        found, zone = writers.write_alternatives(made, corridor, out, limits=limits, language=language)
    print_alternatives(found, zone, limits)
    screen.print(captions.notice(made.study, language=language))
    say("Files in {folder}", folder=out)


@app.command()
def explain(
    what: Annotated[str, typer.Argument(metavar="SITE|CORRIDOR", help="Id or name of a site, heat area or corridor")],
    study: Folder = None,
    scenario: ScenarioName = None,
    year: Year = None,
    carrier: Annotated[str | None, typer.Option(help="Only this carrier: co2, h2, heat or electricity")] = None,
    language: Language = "en",
) -> None:
    """Say where the numbers of a site or corridor come from: formulas, values, units, sources, what you changed."""
    get_ready(language)
    from infraplan import plan as story
    from infraplan.analysis import explanation
    from infraplan.core import NEED_CARRIERS

    if carrier is not None and carrier not in NEED_CARRIERS:
        raise ScenarioError(Problem("carrier.unknown", {"known": NEED_CARRIERS}, file="--carrier", value=carrier))
    case = read_case(study, scenario, year, None)
    explanation.check_word(case.study, what)
    with show_progress() as report_progress:
        made = story.make_plan(case.study, case.scenario, progress=report_progress)
    kind, found = explanation.check_word(made.study, what, made)
    if kind == "place":
        explained = explanation.explain_place(made.case, found, carrier=carrier, plan=made, language=language)
    else:
        explained = explanation.explain_corridor(made, found, carrier=carrier, language=language)
    print_explanation(explained, language)
    if kind == "corridor":
        say("Other routes between its ends: infraplan alternatives {id}", id=found)
