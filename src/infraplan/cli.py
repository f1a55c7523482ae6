"""The command line: plan, alternatives, check, needs, layers, sources, new, app, surface, osm."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from infraplan.errors import InfraplanError, Problem, ScenarioError

if TYPE_CHECKING:
    import pandas as pd

    from infraplan.alternatives import Limits
    from infraplan.model import Scenario
    from infraplan.plan import Plan
    from infraplan.study import Study

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Find shared CO2, hydrogen and heat pipeline corridors for heavy industry.",
)
_INTERRUPTED = 130  # what typer and every shell make of Ctrl-C
_PIPED_WIDTH = 200  # characters of a line that goes to a file or another program
screen = Console()
complaints = Console(stderr=True)
Folder = Annotated[Path | None, typer.Option("--study", help="Folder of the study (default: the one you are in)")]
ScenarioName = Annotated[str | None, typer.Option("--scenario", help="Name of a scenario in data/scenarios")]
Year = Annotated[int | None, typer.Option("--year", help="Year to plan for (default: the scenario's)")]
Language = Annotated[str, typer.Option("--language", help="Language of names and map: en or nl")]


@app.command()
def plan(
    study: Folder = None,
    scenario: ScenarioName = None,
    year: Year = None,
    carriers: Annotated[str | None, typer.Option(help="Carriers, separated by commas: co2,h2,heat")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files of the plan")] = Path("out"),
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
    opened, asked = _question(study, scenario, year, carriers)
    delivery.refuse_unwritable(out)
    with _progress() as tell:
        if exact:
            with _brake() as stopped:
                wanted = Exactness(gap=gap, time_limit_s=time_limit)
                made = story.make_plan(opened, asked, progress=tell, exact=wanted, should_stop=stopped)
        else:
            made = story.make_plan(opened, asked, progress=tell)
        tell(1.0, "files")
        delivery.write(made, out, language=language)
    _print_ranking(made, language)
    _print_proofs(made)
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
    opened, asked = _question(study, scenario, year, None)
    numbers = opened.assumptions.with_values(overrides(asked))
    limits = other.limits_of(numbers, routes=routes, overlap_pct=overlap, within_pct=within)
    delivery.refuse_unwritable(out)
    with _progress() as tell:
        made = story.make_plan(opened, asked, progress=tell)
        other.check_corridor(made.corridors, corridor)
        tell(1.0, "alternatives")
        found, zone = delivery.write_alternatives(made, corridor, out, limits=limits, language=language)
    _print_alternatives(found, zone, limits)
    screen.print(delivery.notice(made.study, language=language))
    screen.print(f"Files in {out}")


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
    csv: Annotated[bool, typer.Option("--csv", help="Print every need of every place as CSV")] = False,
) -> None:
    """Show who needs what: amounts per sector and carrier, with units."""
    from infraplan import question

    opened, asked = _question(study, scenario, year, None)
    table = question.estimate_needs(opened, asked)
    if csv:
        table.round(3).to_csv(sys.stdout, index=False)
        return
    _print_table(question.sum_needs(table), f"Needs in {asked.year}, scenario {asked.name}, low / most likely / high")


@app.command()
def layers(study: Folder = None) -> None:
    """Show the layer stack: role, effect, rows, vintage, source and licence."""
    opened = _open(study)
    _print_table(opened.stack.summary(), f"Layers of {opened.settings.title_en}")
    screen.print(opened.settings.notice_en)


@app.command()
def sources(study: Folder = None) -> None:
    """Show where the numbers and maps come from."""
    opened = _open(study)
    columns = ["source", "title", "author", "year", "licence"]
    _print_table(opened.sources[columns], f"Sources of {opened.settings.title_en}")


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

    opened, asked = _question(study, scenario, None, None)
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

    opened = _open(study)
    with complaints.status(f"Fetching {theme}"):
        layer = services.fetch_osm(theme, opened.settings.extent, folder=opened.folder / "layers", overpass_url=server)
    services.add_to_catalogue(opened.folder, layer.entry)
    screen.print(f"{layer.count} features in {layer.path.name}, added to layers/catalogue.toml")


@app.command(name="app")
def start_app(study: Folder = None, port: Annotated[int, typer.Option(help="Port on this machine")] = 8501) -> None:
    """Start the app in the browser."""
    from infraplan import assets

    door = Path(__file__).resolve().parents[2] / "app.py"
    opened = _open(study)
    assets.fill()
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
        _complain(str(error))
        sys.exit(2)
    except OSError as error:
        _complain(f"{error.filename or 'file'}: {error.strerror or error}. Free it, or choose another place")
        sys.exit(2)
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            _complain("stopped; nothing was written")
        raise


def _complain(message: str) -> None:
    complaints.print("[bold red]infraplan:[/]", end=" ")
    complaints.print(message, markup=False, highlight=False, soft_wrap=True)


def _open(folder: Path | None) -> Study:
    from infraplan.study import open_study

    return open_study(folder)


def _question(folder: Path | None, name: str | None, year: int | None, carriers: str | None) -> tuple[Study, Scenario]:
    """Open the study and the scenario, with the year and carriers of the command line."""
    from infraplan.study import check_scenario
    from infraplan.tables import CARRIERS

    opened = _open(folder)
    scenario = opened.scenario(name)
    changes: dict[str, Any] = {}
    if year is not None:
        changes["year"] = year
    if carriers is not None:
        wanted = tuple(dict.fromkeys(part.strip() for part in carriers.split(",") if part.strip()))
        unknown = [c for c in wanted if c not in CARRIERS]
        if unknown or not wanted:
            remedy = f"Choose from {','.join(CARRIERS)}"
            raise ScenarioError(Problem("unknown carrier", remedy, "--carriers", value=carriers))
        changes["carriers"] = wanted
    scenario = scenario.changed(**changes)
    problems = check_scenario(opened, scenario, "command line")
    if problems:
        raise ScenarioError(problems)
    return opened, scenario


@contextmanager
def _progress() -> Iterator[Callable[[float, str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=complaints, transient=True, disable=not complaints.is_terminal) as bar:
        task = bar.add_task("reading", total=1.0)
        yield lambda share, what: bar.update(task, completed=share, description=what)


@contextmanager
def _brake() -> Iterator[Callable[[], bool]]:
    """Make the first Ctrl-C end the search with the best so far; the second one ends everything."""
    stopped = threading.Event()

    def press(number: int, frame: FrameType | None) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        _complain("stopping with the best so far; Ctrl-C again to give up")

    before = signal.signal(signal.SIGINT, press)
    try:
        yield stopped.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _print_proofs(made: Plan) -> None:
    """Print how far each carrier's network can be from the cheapest, if that was asked."""
    import pandas as pd

    from infraplan.units import EUR_PER_MEUR

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
    _print_table(pd.DataFrame(rows, columns=columns), "Proof: pipes and hubs minus the worth of what is joined")


def _print_ranking(made: Plan, language: str) -> None:
    from infraplan import delivery, export

    table = export.ranking_table(made, language=language)
    columns = {
        "rank": "#", "name": "corridor", "carriers": "carriers", "users": "users", "length_km": "km",
        "co2_avoided_kt_per_a": "CO2 avoided kt/a", "capex_meur": "capex MEUR",
        "cost_meur_per_a": "MEUR/a", "cost_eur_per_t": "EUR/t",
    }  # fmt: skip
    shown = table[list(columns)].rename(columns=columns)
    _print_table(shown, f"{made.study.settings.title_en}, {made.scenario.name}, {made.scenario.year}")
    screen.print(delivery.notice(made.study, language=language))


def _print_alternatives(found: pd.DataFrame, zone: pd.DataFrame, limits: Limits) -> None:
    columns = {
        "route_id": "route", "length_km": "km", "ground_cost_meur": "ground MEUR", "extra_cost_pct": "extra cost %",
        "overlap_pct": "overlap %", "crossings": "crossings",
    }  # fmt: skip
    name = found["name"].iloc[0]
    _print_table(found[list(columns)].rename(columns=columns), f"{name}: routes over the ground of the reference pipe")
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


def _print_table(frame: pd.DataFrame, title: str) -> None:
    table = Table(title=title, title_justify="left")
    kinds = {column: frame[column].dtype.kind for column in frame.columns}
    for column in frame.columns:
        table.add_column(str(column), justify="right" if kinds[column] in "fi" else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    screen.print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"
    return escape(str(value))


if __name__ == "__main__":
    main()
