"""Options that commands share (study, scenario, year, language), and the case they define."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infraplan.cli.screen import speak
from infraplan.core import Phrase, Problem, ScenarioError

if TYPE_CHECKING:
    from infraplan.study import Case, Study

Folder = Annotated[Path | None, typer.Option("--study", help="Folder of the study (default: the one you are in)")]
ScenarioName = Annotated[
    str | None, typer.Option("--scenario", help="Name of a scenario in data/scenarios, or the path of a TOML file")
]
Year = Annotated[int | None, typer.Option("--year", help="Year to plan for (default: the scenario's)")]
Language = Annotated[
    # eager: mistakes in other options are then told in this language too
    str,
    typer.Option("--language", help="Language of names, maps and messages: en or nl", is_eager=True, callback=speak),
]


def get_ready(language: str) -> None:
    """Refuse an unknown language; start compiling the kernels of a plan in other processes, if not compiled yet."""
    from infraplan.core import i18n, kernels

    i18n.check_language(language)
    kernels.compile_ahead()


def open_folder(folder: Path | None) -> Study:
    """Open the study of the ``--study`` option."""
    from infraplan.study import open_study

    return open_study(folder)


def read_case(
    folder: Path | None,
    name: str | None,
    year: int | None,
    carriers: str | None,
    cost_model: str | None = None,
    weights: str | None = None,
) -> Case:
    """Open study and scenario, with the year, carriers, cost model and weights of the command line.

    Parameters
    ----------
    folder
        Folder of the study; default: see ``default_folder``.
    name
        Name of the scenario, or the path of its TOML file.
    year
        Year to plan for; default: the scenario's.
    carriers
        Carriers, separated by commas.
    cost_model
        Cost model of CO2 pipes.
    weights
        Weights of a second ranking, as ``read_weights`` reads them.

    Raises
    ------
    InfraplanError
        With every problem of the study, the scenario and the options.
    """
    from infraplan.appraisal import ranking
    from infraplan.core import CARRIERS
    from infraplan.study import check_scenario, open_case

    opened = open_folder(folder)
    scenario = opened.scenario(name)
    changes: dict[str, Any] = {}
    if year is not None:
        changes["year"] = year
    if carriers is not None:
        wanted = tuple(dict.fromkeys(part.strip() for part in carriers.split(",") if part.strip()))
        unknown = [c for c in wanted if c not in CARRIERS]
        if unknown or not wanted:
            raise ScenarioError(
                Problem("carrier.unknown", {"known": ",".join(CARRIERS)}, file="--carriers", value=carriers)
            )
        changes["carriers"] = wanted
    if weights is not None:
        changes["weights"] = ranking.read_weights(weights)
    if cost_model is not None:
        changes["co2_cost_model"] = cost_model
    scenario = scenario.changed(**changes)
    problems = check_scenario(opened, scenario, Phrase("phrase.command_line")) + ranking.check_weights(scenario.weights)
    if problems:
        raise ScenarioError(problems)
    return open_case(opened, scenario)


def read_other(folder: Path | None, against: str, year: int) -> Case:
    """Open the scenario to compare with: NAME, in the same year, or NAME@YEAR."""
    name, _, other = against.partition("@")
    if other and not other.isdigit():
        raise ScenarioError(Problem("year.not_a_year", file="--against", value=against))
    return read_case(folder, name, int(other) if other else year, None)
