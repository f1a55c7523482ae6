"""The command line: plan, compare, sheets, alternatives, explain, check, needs, projects, layers and more."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from infraplan.cli.question import Folder, Language, ScenarioName, Year, open_folder, read_other, read_question
from infraplan.cli.screen import (
    brake,
    complain,
    complaints,
    print_alternatives,
    print_comparison,
    print_explanation,
    print_proofs,
    print_ranking,
    print_table,
    screen,
    show_progress,
)
from infraplan.errors import InfraplanError, Problem, ScenarioError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Find shared CO2, hydrogen and heat pipeline corridors for heavy industry.",
)
_INTERRUPTED = 130  # what typer and every shell make of Ctrl-C
_PIPED_WIDTH = 200  # characters of a line that goes to a file or another program


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
    from infraplan import delivery, words
    from infraplan import plan as story
    from infraplan.model import Exactness

    words.check_language(language)
    opened, asked = read_question(study, scenario, year, carriers, cost_model, weights)
    delivery.refuse_unwritable(out)
    with show_progress() as tell:
        if exact:
            with brake() as stopped:
                wanted = Exactness(gap=gap, time_limit_s=time_limit)
                made = story.make_plan(opened, asked, progress=tell, exact=wanted, should_stop=stopped)
        else:
            made = story.make_plan(opened, asked, progress=tell)
        tell(1.0, "files")
        delivery.write(made, out, language=language)
    print_ranking(made, language)
    print_proofs(made)
    screen.print(f"Files in {out}")


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
    from infraplan import bundle, delivery, words
    from infraplan import plan as story

    words.check_language(language)
    bundle.check_sheets(kind, size, file_format)
    opened, asked = read_question(study, scenario, year, None)
    beside = None if against is None else read_other(study, against, asked.year)
    delivery.refuse_unwritable(out)
    with show_progress() as tell:
        made = story.make_plan(opened, asked, progress=tell)
        before = None if beside is None else story.make_plan(opened, beside, ground=made.ground, progress=tell)
        paths = bundle.write_sheets(
            made,
            out,
            kinds=delivery.SHEET_KINDS if kind is None else (kind,),
            corridor_id=corridor,
            carrier=carrier,
            before=before,
            language=language,
            size=size,
            suffix=f".{file_format}",
            routes=routes,
            tell=tell,
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
    from infraplan import comparison, delivery, words
    from infraplan import plan as story

    words.check_language(language)
    questions = [read_question(study, name, year, None) for name in (before, after)]
    if out is not None:
        delivery.refuse_unwritable(out)
    opened = questions[0][0]
    with show_progress() as tell:
        first = story.make_plan(opened, questions[0][1], progress=lambda share, what: tell(share / 2, what))
        second = story.make_plan(
            opened,
            questions[1][1],
            ground=first.ground,
            progress=lambda share, what: tell(0.5 + share / 2, what),
        )
        tell(1.0, "comparison")
        found = comparison.compare(first, second)
        if out is not None:
            delivery.write_comparison(first, second, found, out)
    print_comparison(first, second, found, language)
    if out is not None:
        screen.print(f"Files in {out}")


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
    from infraplan import alternatives as other
    from infraplan import delivery, words
    from infraplan import plan as story
    from infraplan.study import overrides

    words.check_language(language)
    opened, asked = read_question(study, scenario, year, None)
    numbers = opened.assumptions.with_values(overrides(asked))
    limits = other.limits_of(numbers, routes=routes, overlap_pct=overlap, within_pct=within)
    delivery.refuse_unwritable(out)
    with show_progress() as tell:
        made = story.make_plan(opened, asked, progress=tell)
        other.check_corridor(made.corridors, corridor)
        tell(1.0, "alternatives")
        found, zone = delivery.write_alternatives(made, corridor, out, limits=limits, language=language)
    print_alternatives(found, zone, limits)
    screen.print(delivery.notice(made.study, language=language))
    screen.print(f"Files in {out}")


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
    from infraplan import explanation, words
    from infraplan import plan as story
    from infraplan.tables import NEED_CARRIERS

    words.check_language(language)
    if carrier is not None and carrier not in NEED_CARRIERS:
        raise ScenarioError(
            Problem("unknown carrier", f"Choose from {', '.join(NEED_CARRIERS)}", "--carrier", value=carrier)
        )
    opened, asked = read_question(study, scenario, year, None)
    explanation.check_word(opened.as_asked(asked), what)
    with show_progress() as tell:
        made = story.make_plan(opened, asked, progress=tell)
    kind, found = explanation.check_word(made.study, what, made)
    if kind == "place":
        told = explanation.explain_place(opened, asked, found, carrier=carrier, plan=made, language=language)
    else:
        told = explanation.explain_corridor(made, found, carrier=carrier, language=language)
    print_explanation(told, language)
    if kind == "corridor":
        more = words.translate("Other routes between its ends: infraplan alternatives {id}", language, id=found)
        screen.print(more, highlight=False, markup=False)


@app.command()
def check(study: Folder = None) -> None:
    """Read every table, layer and scenario and print every problem; exit 1 if there is any."""
    from infraplan import inspection
    from infraplan.study import default_folder

    problems, said = inspection.check_study(study or default_folder())
    for line in said:
        screen.print(line, highlight=False, soft_wrap=True)
    for problem in problems:
        screen.print(f"- {problem}", highlight=False, markup=False, soft_wrap=True)
    screen.print(f"{len(problems) or 'No'} problem{'s' if len(problems) != 1 else ''}")
    if problems:
        raise typer.Exit(1)


@app.command()
def needs(
    study: Folder = None,
    scenario: ScenarioName = None,
    year: Year = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print as CSV: every need, or the totals with --totals")] = False,
    totals: Annotated[bool, typer.Option("--totals", help="Sums per sector, cluster, carrier and year")] = False,
    place: Annotated[str | None, typer.Option("--place", help="Every need of one site, with its specification")] = None,
    language: Language = "en",
) -> None:
    """Show who needs what: amounts per sector and carrier, with units and specifications."""
    from infraplan import listings, question, words

    words.check_language(language)
    opened, asked = read_question(study, scenario, year, None)
    if totals:
        table = question.total_needs(opened, question.needs_by_year(opened, asked))
    else:
        table = question.estimate_needs(opened, asked)
        table = table if place is None else listings.refuse_unknown_place(opened, table, place)
    if csv:
        table.round(3).to_csv(sys.stdout, index=False)
        return
    for title, shown in listings.tell_needs(opened, asked, table, totals=totals, place=place, language=language):
        print_table(shown, title)


@app.command()
def projects(
    study: Folder = None,
    scenario: ScenarioName = None,
    year: Year = None,
    off: Annotated[list[str] | None, typer.Option("--off", help="Project to cancel: shows what falls with it")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print the list of projects as CSV")] = False,
    language: Language = "en",
) -> None:
    """Show the projects: status, year, what they need, and what falls with them."""
    from infraplan import listings, words
    from infraplan import projects as plans

    words.check_language(language)
    opened, asked = read_question(study, scenario, year, None)
    if off:
        fall = plans.cancel(opened, asked, off)
        told = listings.tell_fall(fall, asked, off, language=language)
    else:
        table = plans.list_projects(opened, asked)
        if csv:
            table.round(3).to_csv(sys.stdout, index=False)
            return
        told = listings.tell_projects(table, asked, language=language)
    for title, shown in told:
        print_table(shown, title)


@app.command()
def layers(study: Folder = None) -> None:
    """Show the layer stack: role, effect, rows, vintage, source and licence."""
    opened = open_folder(study)
    print_table(opened.stack.summary(), f"Layers of {opened.settings.title_en}")
    screen.print(opened.settings.notice_en)


@app.command()
def sources(study: Folder = None) -> None:
    """Show where the numbers and maps come from."""
    opened = open_folder(study)
    columns = ["source", "title", "author", "year", "licence"]
    print_table(opened.sources[columns], f"Sources of {opened.settings.title_en}")


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder of the new study")],
    toyland: Annotated[bool, typer.Option(help="Fill it with Toyland, a small invented country")] = False,
) -> None:
    """Start a new study: commented templates, or Toyland to play with."""
    from infraplan import starter

    (starter.write_toyland if toyland else starter.write_empty)(folder)
    screen.print(f"New study in {folder}. Fill in its tables, then run: infraplan check --study {folder}")


@app.command()
def surface(
    study: Folder = None,
    scenario: ScenarioName = None,
    out: Annotated[Path, typer.Option(help="GeoTIFF to write")] = Path("cost_surface.tif"),
) -> None:
    """Write the cost surface (EUR per metre of ground) as GeoTIFF."""
    from infraplan import ground
    from infraplan import surface as rasters

    opened, asked = read_question(study, scenario, None, None)
    rasters.write(ground.build_surface(opened, asked), out)
    screen.print(f"Wrote {out}")


@app.command()
def osm(
    theme: Annotated[str, typer.Argument(help="pipelines, industrial, motorways, waterways, railways, protected")],
    study: Folder = None,
    server: Annotated[str | None, typer.Option(help="Address of another Overpass server")] = None,
) -> None:
    """Fetch OpenStreetMap features of the study area into a layer, with its papers. Needs network."""
    from infraplan import services

    opened = open_folder(study)
    with complaints.status(f"Fetching {theme}"):
        layer = services.fetch_osm(theme, opened.settings.extent, folder=opened.folder / "layers", overpass_url=server)
    services.add_to_catalogue(opened.folder, layer.entry)
    screen.print(f"{layer.count} features in {layer.path.name}, added to layers/catalogue.toml")


@app.command(name="app")
def start_app(study: Folder = None, port: Annotated[int, typer.Option(help="Port on this machine")] = 8501) -> None:
    """Start the app in the browser."""
    from infraplan import assets, routing

    door = Path(__file__).resolve().parents[3] / "app.py"
    opened = open_folder(study)
    assets.fill()
    # a page that compiles would keep the room waiting
    with complaints.status("Loading the compiled kernels (the first time they are compiled: a minute or two)"):
        routing.load_kernels()
    environment = {**os.environ, "INFRAPLAN_STUDY": str(opened.folder)}
    command = [sys.executable, "-m", "streamlit", "run", str(door), "--server.port", str(port)]
    raise typer.Exit(subprocess.run(command, env=environment, cwd=door.parent, check=False).returncode)


def main() -> None:
    """Run the command line: one clear message and exit 2 for a user's mistake, never a traceback."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("infraplan").setLevel(logging.WARNING)
    if not screen.is_terminal:
        screen.width = _PIPED_WIDTH
    try:
        app()
    except InfraplanError as error:
        complain(str(error))
        sys.exit(2)
    except OSError as error:
        complain(f"{error.filename or 'file'}: {error.strerror or error}. Free it, or choose another place")
        sys.exit(2)
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            complain("stopped; nothing was written")
        raise
