"""The catalogue: description of each layer, and its effect on the ground.

The key ``effect`` of a ``[[layer]]`` is one of:

    constraint   "blocked" | "class:<name>" | "density:<field>" | "codes" (with value_map)
    bundling     "class:<name>"   cheaper ground near existing lines
    crossing     "class:<name>"   a cost for each crossing of the line
    context      ""               only drawn

A value_map translates pixel values, or the values of ``code_field``, to a class, "blocked" or "none".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, LiteralString

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pyproj import CRS
from pyproj.exceptions import CRSError

from infraplan.core import LayerError, Phrase, Problem, locate_toml_fault, tables
from infraplan.study.faults import name_fault

CATALOGUE = "catalogue.toml"
DENSITY_FIELD = "density_per_km2"
WIDTH_FIELD = "width_m"
BLOCKED = "blocked"
NONE = "none"
BASEMAP_PARTS = (
    "sea",
    "land",
    "water_areas",
    "waterways",
    "borders",
    "motorways",
    "railways",
    "settlements",
    "towns",
    "protected",
    "port_zones",
    "pipelines",
)
LINE_STATUSES = (*tables.STATUSES, "search zone")  # a search zone comes before a plan
RASTERS = (".tif", ".tiff")
VECTORS = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".pbf")
_FORMATS = (*RASTERS, *VECTORS, ".zip")
_GRAMMAR = {
    "constraint": r"blocked|codes|class:\w+|density:\w+",
    "bundling": r"class:\w+",
    "crossing": r"class:\w+",
    "context": r"",
}
# codes of what pydantic finds, where a layer says it in its own words
_CODES = {"missing": "catalogue.missing_key", "extra_forbidden": "catalogue.key_not_known"}
# codes of what the validators of ``LayerEntry`` find
_REFUSALS = frozenset(
    {
        "catalogue.codes_and_map",
        "catalogue.effect_of_raster",
        "catalogue.effect_of_role",
        "catalogue.unknown_crs",
        "catalogue.unknown_format",
        "catalogue.unknown_part",
        "catalogue.whole_codes",
    }
)
Text = Annotated[str, Field(min_length=1)]
Vintage = Annotated[Text, BeforeValidator(lambda v: str(v) if isinstance(v, int) else v)]
Keys = Annotated[tuple[Text, ...], Field(min_length=1), BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]


def _refuse(code: LiteralString, **values: object) -> PydanticCustomError:
    """Return the error by which a validator refuses a value: its type is the code of the problem."""
    return PydanticCustomError(code, code, values)


class LayerEntry(BaseModel):
    """One ``[[layer]]`` of the catalogue; unknown keys are refused.

    Attributes
    ----------
    id
        Unique id.
    title_en, title_nl
        Title.
    file
        File beside the catalogue.
    role, effect
        Role of the layer and its effect on the ground (see the top of this module).
    crs
        CRS of the file.
    source
        Keys of data/sources.csv.
    licence
        Licence of the data.
    vintage, vintage_nl
        Year or status of the data.
    accuracy_m
        Accuracy of the positions [m].
    schematic
        True if the shapes are only a sketch.
    note
        Remark for the reader.
    layer
        Name of the layer inside a file that holds several.
    status_field
        Property with the status of a line (see ``LINE_STATUSES``).
    density_field
        Property with inhabitants [1/km2] that scales a class layer.
    code_field
        Property that the value_map of a vector layer translates.
    drawn_as
        Part of the basemap; if empty, the layer is not drawn.
    band
        Band of a raster, from 1.
    value_map
        Class, "blocked" or "none" of each code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title_en: Text
    title_nl: Text
    file: Text
    role: Literal["constraint", "bundling", "crossing", "context"]
    effect: str
    crs: Text
    source: Keys
    licence: Text
    vintage: Vintage
    vintage_nl: str = ""
    accuracy_m: float | None = Field(default=None, ge=0.0)
    schematic: bool = False
    note: str = ""
    layer: str = ""
    status_field: str = ""
    density_field: str = ""
    code_field: str = "code"
    drawn_as: str = ""
    band: int = Field(default=1, ge=1)
    value_map: dict[str, Text] = Field(default_factory=dict, validate_default=True)

    @field_validator("file")
    @classmethod
    def _known_format(cls, file: str) -> str:
        if not file.lower().endswith(_FORMATS):
            raise _refuse("catalogue.unknown_format", known=_FORMATS)
        return file

    @field_validator("drawn_as")
    @classmethod
    def _known_part(cls, drawn_as: str) -> str:
        if drawn_as and drawn_as not in BASEMAP_PARTS:
            raise _refuse("catalogue.unknown_part", known=BASEMAP_PARTS)
        return drawn_as

    @field_validator("effect")
    @classmethod
    def _grammar(cls, effect: str, info: ValidationInfo) -> str:
        role = info.data.get("role")
        if role is not None and not re.fullmatch(_GRAMMAR[role], effect):
            choices = _GRAMMAR[role].replace(r"\w+", "<name>").replace("|", " | ")
            raise _refuse("catalogue.effect_of_role", role=role, choices=choices or Phrase("phrase.empty_effect"))
        if _is_raster(info) and effect not in ("codes", ""):
            raise _refuse("catalogue.effect_of_raster")
        return effect

    @field_validator("crs")
    @classmethod
    def _known_crs(cls, crs: str) -> str:
        try:
            CRS.from_user_input(crs)
        except CRSError:
            raise _refuse("catalogue.unknown_crs") from None
        return crs

    @field_validator("value_map")
    @classmethod
    def _mapped(cls, value_map: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if "effect" in info.data and (info.data["effect"] == "codes") != bool(value_map):
            raise _refuse("catalogue.codes_and_map")
        wrong = [code for code in value_map if not re.fullmatch(r"-?\d+", code)]
        if wrong and _is_raster(info):
            raise _refuse("catalogue.whole_codes", wrong=wrong)
        return value_map

    @property
    def is_raster(self) -> bool:
        """True for a raster, False for points, lines and polygons."""
        return self.file.lower().endswith(RASTERS)

    @property
    def kind(self) -> str:
        """First word of the effect: blocked, class, density, codes, or empty."""
        return self.effect.partition(":")[0]

    @property
    def name(self) -> str:
        """Class or field that the effect names, or empty."""
        return self.effect.partition(":")[2]

    @property
    def classes(self) -> tuple[str, ...]:
        """Ground classes of this layer; the assumptions must contain them."""
        if self.kind == "class":
            return (self.name,)
        return tuple(sorted(set(self.value_map.values()) - {BLOCKED, NONE}))

    @property
    def fields(self) -> tuple[str, ...]:
        """Properties that every feature must have."""
        density = self.name if self.kind == "density" else ""
        code = self.code_field if self.kind == "codes" else ""
        return tuple(field for field in (self.status_field, self.density_field, density, code) if field)


def read(folder: Path) -> tuple[LayerEntry, ...]:
    """Read ``catalogue.toml`` in a folder.

    Raises
    ------
    LayerError
        With every problem: line of the [[layer]], its id, key, value and remedy.
    """
    path = folder / CATALOGUE
    text = _text(path)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also digits and depth beyond what Python takes
        raise LayerError(locate_toml_fault("catalogue.not_toml", error, path.name)) from error
    records = content.pop("layer", [])
    problems = [problem(path, "catalogue.unknown_key", key=key) for key in content]
    if not isinstance(records, list) or not records:
        problems.append(problem(path, "catalogue.no_layer"))
        raise LayerError(problems)
    rows = [n for n, line in enumerate(text.splitlines(), start=1) if line.strip().startswith("[[layer]]")]
    entries = []
    for number, record in enumerate(records):
        try:
            entries.append(LayerEntry.model_validate(record))
        except ValidationError as error:
            row = rows[number] if len(rows) == len(records) else None
            problems += _problems(error, path, row, record)
    ids = [entry.id for entry in entries]
    twice = sorted({layer_id for layer_id in ids if ids.count(layer_id) > 1})
    problems += [problem(path, "catalogue.id_twice", key="id", value=i) for i in twice]
    if problems:
        raise LayerError(problems)
    return tuple(entries)


def problem(
    path: Path, code: str, values: Mapping[str, object] | None = None, key: str = "", value: str = ""
) -> Problem:
    """Say what is wrong with a file of the stack; ``key`` is a key of the catalogue or a property."""
    return Problem(code, values or {}, f"{path.parent.name}/{path.name}", None, key, value)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise LayerError(problem(path, "table.missing_file")) from error
    except UnicodeDecodeError as error:
        raise LayerError(problem(path, "catalogue.not_utf8")) from error


def _problems(error: ValidationError, path: Path, row: int | None, record: Any) -> list[Problem]:
    """Turn pydantic's findings into problems that name the layer."""
    layer = (
        record.get("id", Phrase("phrase.without_id")) if isinstance(record, Mapping) else Phrase("phrase.not_a_table")
    )
    return [
        Problem(
            _CODES.get(finding["type"], finding["type"] if finding["type"] in _REFUSALS else "catalogue.unfit"),
            {
                "layer": layer,
                "known": tuple(LayerEntry.model_fields),
                "fault": name_fault(finding),
                **finding.get("ctx", {}),
            },
            f"{path.parent.name}/{path.name}",
            row,
            ".".join(str(part) for part in finding["loc"]),
            "" if finding["type"] == "missing" else str(finding["input"]),
        )
        for finding in error.errors()
    ]


def _is_raster(info: ValidationInfo) -> bool:
    return str(info.data.get("file", "")).lower().endswith(RASTERS)
