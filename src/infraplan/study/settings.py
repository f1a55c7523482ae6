"""The settings of a study, ``data/study.toml``, and the reading of TOML files."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infraplan.core import Carrier, InfraplanError, Problem, ScenarioError, locate_toml_fault
from infraplan.study import layers
from infraplan.study.faults import name_fault

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
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InfraplanError(
            Problem("study.wrong_extent", file=path.name, column="extent", value=str(list(settings.extent)))
        )
    return settings


def read_toml(model: type[Any], path: Path) -> Any:
    """Read a TOML file into a pydantic model.

    Raises
    ------
    ScenarioError
        If it is not TOML, or with every key that is unknown, missing or wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(locate_toml_fault("toml.not_toml", error, path.name)) from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ScenarioError([_problem(fault, path.name) for fault in error.errors()]) from error


def _problem(fault: Any, file: str) -> Problem:
    """Turn one finding of pydantic into a problem."""
    phrase = name_fault(fault)
    value = "" if isinstance(fault["input"], dict) else str(fault["input"])
    return Problem(phrase.code, phrase.values, file, None, ".".join(str(part) for part in fault["loc"]), value)
