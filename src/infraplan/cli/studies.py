"""Commands that look at a study, start one, and start the app."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from infraplan.cli.application import app
from infraplan.cli.case import Folder, Language, ScenarioName, Year, open_folder, read_case
from infraplan.cli.screen import (
    complaints,
    print_table,
    say,
    screen,
)


@app.command()
def check(study: Folder = None, language: Language = "en") -> None:
    """Read every table, layer and scenario and print every problem; exit 1 if there is any."""
    from infraplan.analysis import check
    from infraplan.core import describe, i18n
    from infraplan.study import default_folder

    i18n.check_language(language)
    problems, said = check.check_study(study or default_folder(), language)
    for line in said:
        screen.print(line, highlight=False, soft_wrap=True)
    for problem in problems:
        screen.print(f"- {describe(problem, language)}", highlight=False, markup=False, soft_wrap=True)
    counted = {0: "No problems", 1: "1 problem"}.get(len(problems), "{count} problems")
    screen.print(i18n.translate(counted, language, count=len(problems)))
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
    from infraplan.core import i18n
    from infraplan.demand import estimate
    from infraplan.reports import listings

    i18n.check_language(language)
    case = read_case(study, scenario, year, None)
    if totals:
        table = estimate.total_needs(case.study, estimate.needs_by_year(case))
    else:
        table = estimate.estimate_needs(case)
        table = table if place is None else listings.refuse_unknown_place(case.study, table, place)
    if csv:
        table.round(3).to_csv(sys.stdout, index=False)
        return
    for title, shown in listings.list_needs(case, table, totals=totals, place=place, language=language):
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
    from infraplan.core import i18n
    from infraplan.demand import projects as plans
    from infraplan.reports import listings

    i18n.check_language(language)
    case = read_case(study, scenario, year, None)
    if off:
        fall = plans.cancel(case, off)
        listed = listings.list_fall(fall, case.scenario, off, language=language)
    else:
        table = plans.list_projects(case)
        if csv:
            table.round(3).to_csv(sys.stdout, index=False)
            return
        listed = listings.list_projects(table, case.scenario, language=language)
    for title, shown in listed:
        print_table(shown, title)


@app.command()
def layers(study: Folder = None, language: Language = "en") -> None:
    """Show the layer stack: role, effect, rows, vintage, source and licence."""
    from infraplan.core import i18n
    from infraplan.reports import captions

    i18n.check_language(language)
    opened = open_folder(study)
    title = captions.localised(opened.settings, "title", language)
    print_table(opened.stack.summary(), i18n.translate("Layers of {study}", language, study=title))
    screen.print(captions.localised(opened.settings, "notice", language))


@app.command()
def sources(study: Folder = None, language: Language = "en") -> None:
    """Show where the numbers and maps come from."""
    from infraplan.core import i18n
    from infraplan.reports import captions

    i18n.check_language(language)
    opened = open_folder(study)
    heads = {column: i18n.translate(column, language) for column in ("source", "title", "author", "year", "licence")}
    title = captions.localised(opened.settings, "title", language)
    shown = opened.sources[list(heads)].rename(columns=heads)
    print_table(shown, i18n.translate("Sources of {study}", language, study=title))


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder of the new study")],
    toyland: Annotated[bool, typer.Option(help="Fill it with Toyland, a small invented country")] = False,
    language: Language = "en",
) -> None:
    """Start a new study: commented templates, or Toyland to play with."""
    from infraplan.core import i18n
    from infraplan.study import new

    i18n.check_language(language)
    (new.write_toyland if toyland else new.write_empty)(folder)
    say("New study in {folder}. Fill in its tables, then run: infraplan check --study {folder}", folder=folder)


@app.command()
def surface(
    study: Folder = None,
    scenario: ScenarioName = None,
    out: Annotated[Path, typer.Option(help="GeoTIFF to write")] = Path("cost_surface.tif"),
    language: Language = "en",
) -> None:
    """Write the cost surface (EUR per metre of ground) as GeoTIFF."""
    from infraplan.core import i18n
    from infraplan.routes import ground
    from infraplan.routes import surface as rasters

    i18n.check_language(language)
    case = read_case(study, scenario, None, None)
    rasters.write(ground.build_surface(case), out)
    say("Wrote {file}", file=out)


@app.command()
def osm(
    theme: Annotated[str, typer.Argument(help="pipelines, industrial, motorways, waterways, railways, protected")],
    study: Folder = None,
    server: Annotated[str | None, typer.Option(help="Address of another Overpass server")] = None,
    language: Language = "en",
) -> None:
    """Fetch OpenStreetMap features of the study area into a layer, with its papers. Needs network."""
    from infraplan.core import i18n
    from infraplan.study import services

    i18n.check_language(language)
    opened = open_folder(study)
    services.refuse_read_only(opened.folder)
    with complaints.status(i18n.translate("Fetching {theme}", language, theme=theme)):
        layer = services.fetch_osm(theme, opened.settings.extent, folder=opened.folder / "layers", overpass_url=server)
    services.add_to_catalogue(opened.folder, layer.entry)
    say("{count} features in {file}, added to layers/catalogue.toml", count=layer.count, file=layer.path.name)


@app.command(name="app")
def start_app(study: Folder = None, port: Annotated[int, typer.Option(help="Port on this machine")] = 8501) -> None:
    """Start the app in the browser."""
    from infraplan.reports import assets
    from infraplan.study import home

    door = home() / "app.py"
    opened = open_folder(study)
    assets.fill()
    environment = {**os.environ, "INFRAPLAN_STUDY": str(opened.folder.resolve())}
    command = [sys.executable, "-m", "streamlit", "run", str(door), "--server.port", str(port)]
    raise typer.Exit(subprocess.run(command, env=environment, cwd=door.parent, check=False).returncode)
