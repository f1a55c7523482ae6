"""The settings of a study, ``data/study.toml``, and the reading of TOML files."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infraplan.core import LANGUAGES, PCT, Carrier, InfraplanError, Problem, ScenarioError, locate_toml_fault
from infraplan.study import layers
from infraplan.study.faults import name_fault
from infraplan.study.plausible import check_values, limit_of

SETTINGS_FILE = "data/study.toml"


class Settings(BaseModel):
    """Settings of a study, ``data/study.toml``; unknown keys are refused.

    Attributes
    ----------
    id
        Short name of the study.
    title_en, title_nl
        Title.
    notice_en, notice_nl
        Notice on the use of its maps.
    vintage, vintage_nl
        Year and status of the data.
    crs
        Projected CRS in metres.
    cell_m
        Size of a raster cell [m].
    extent
        West, south, east, north [deg, WGS84].
    milestones
        Years of the capacities and shares in the tables and scenarios.
    carriers
        Carriers of the study.
    languages
        Languages of the study.
    home_region
        Region whose sites the emission baseline counts (column ``region`` of sites.csv).
    baseline_sectors
        Sectors that the emission baseline counts.
    default_scenario
        Name of the scenario to start with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title_en: str
    title_nl: str
    notice_en: str
    notice_nl: str
    vintage: str
    vintage_nl: str = ""
    crs: str
    cell_m: Annotated[float, Field(ge=10.0, le=5000.0)]
    extent: tuple[float, float, float, float]
    milestones: tuple[int, ...] = Field(min_length=1)
    carriers: tuple[Carrier, ...] = Field(min_length=1)
    languages: tuple[str, ...]
    home_region: str = ""
    baseline_sectors: tuple[str, ...] = ()
    default_scenario: str


def read_settings(folder: Path) -> Settings:
    """Read ``data/study.toml``.

    Raises
    ------
    InfraplanError
        If the folder is no study, or with every wrong key.
    """
    path = folder / SETTINGS_FILE
    if not path.is_file():
        raise InfraplanError(Problem("study.not_a_study", file=str(path)))
    settings: Settings = read_toml(Settings, path)
    layers.check_crs(settings.crs)
    west, south, east, north = settings.extent
    value = str(list(settings.extent))
    if -180 <= east < west <= 180 and -90 <= south < north <= 90:
        raise InfraplanError(Problem("study.over_the_180th", file=path.name, column="extent", value=value))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InfraplanError(Problem("study.wrong_extent", file=path.name, column="extent", value=value))
    problems = check_values(limit_of("settings", "milestones"), settings.milestones, path.name, "milestones")
    problems += check_values(limit_of("settings", "extent_deg"), [east - west], path.name, "extent")
    unknown = sorted(set(settings.languages) - set(LANGUAGES))
    if unknown or not settings.languages:
        wrong = ", ".join(unknown)
        problems.append(Problem("study.unknown_language", {"known": LANGUAGES}, path.name, None, "languages", wrong))
    if list(settings.milestones) != sorted(set(settings.milestones)):
        problems.append(
            Problem("study.milestones", file=path.name, column="milestones", value=str(list(settings.milestones)))
        )
    if problems:
        raise InfraplanError(problems)
    _check_ground(settings, path.name)
    return settings


def _check_ground(settings: Settings, file: str) -> None:
    """Refuse a CRS that does not measure metres in the study area, and more cells than memory holds."""
    if not layers.is_used_at(settings.extent, settings.crs):
        raise InfraplanError(Problem("crs.of_another_area", {}, file, None, "crs", settings.crs))
    error, scale = layers.scale_error(settings.extent, settings.crs), limit_of("settings", "scale_error")
    if scale.is_absurd(error):
        values = {"error_pct": PCT * error, "most_pct": PCT * float(scale.refuse_above or 0.0)}
        raise InfraplanError(Problem("crs.wrong_scale", values, file, None, "crs", settings.crs))
    x_min, y_min, x_max, y_max = layers.project_extent(settings.extent, settings.crs)
    cells = (x_max - x_min) * (y_max - y_min) / settings.cell_m**2
    limit = limit_of("settings", "cells")
    if limit.is_absurd(cells):
        most_m = math.sqrt(cells / float(limit.refuse_above or 1.0)) * settings.cell_m
        values = {"cells": cells, "most": float(limit.refuse_above or 0.0), "cell_m": math.ceil(most_m)}
        raise InfraplanError(Problem("study.too_many_cells", values, file, None, "cell_m", f"{settings.cell_m:g}"))


def read_toml(model: type[Any], path: Path) -> Any:
    """Read a TOML file into a pydantic model.

    Raises
    ------
    ScenarioError
        If it is not TOML, or with every key that is unknown, missing or wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also digits and depth beyond what Python takes
        raise ScenarioError(locate_toml_fault("toml.not_toml", error, path.name)) from error
    wrong = _find_no_numbers(content, path.name)
    if wrong:
        raise ScenarioError(wrong)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ScenarioError([_problem(fault, path.name) for fault in error.errors()]) from error


def _find_no_numbers(content: dict[str, Any], file: str, above: str = "") -> list[Problem]:
    """Return a problem for each true, false, nan and inf: no key of ours takes one."""
    problems = []
    for key, value in content.items():
        place = f"{above}.{key}" if above else key
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                problems += _find_no_numbers(one, file, place)
            elif isinstance(one, bool) or (isinstance(one, float) and not math.isfinite(one)):
                problems.append(Problem("toml.truth_or_nan", {}, file, None, place, str(one).lower()))
    return problems


def _problem(fault: Any, file: str) -> Problem:
    """Turn one finding of pydantic into a problem."""
    phrase = name_fault(fault)
    value = "" if isinstance(fault["input"], dict) else str(fault["input"])
    return Problem(phrase.code, phrase.values, file, None, ".".join(str(part) for part in fault["loc"]), value)
