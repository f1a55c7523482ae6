"""What can only be a mistake is refused, what is odd is told: figures, ids, doubles, places, projection, files."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from study_tools import Outcome, append, change, edit, read_rows, write_rows

from infraplan.analysis.check import check_study
from infraplan.core import name_reason
from infraplan.core.errors import DesignError
from infraplan.demand.design_basis import build_design_basis
from infraplan.networks.design.audits import audit
from infraplan.plan import Plan
from infraplan.study import open_study, plausible

SITES, HUBS, SETTINGS, SCENARIO = "sites.csv", "hubs.csv", "study.toml", "roadmap-2025.toml"
Edit = Callable[[Path], object]
ELSEWHERE = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/x</SrcDataSource></OGRVRTLayer>'


def both(*edits: Edit) -> Edit:
    return lambda study: [spoil(study) for spoil in edits]


def cell(table: str, row: int, column: str, value: str) -> Edit:
    """Return an edit of one cell; rows count as in a spreadsheet, a column that is missing is added."""

    def change_cell(study: Path) -> None:
        path = study / "data" / table
        rows = read_rows(path)
        if column not in rows[0]:
            write_rows(path, [[*line, column if line is rows[0] else ""] for line in rows])
        edit(path, row, column, value)

    return change_cell


def copied(row: int, **other: str) -> Edit:
    """Return an edit that adds a copy of a site under another id."""

    def add_copy(study: Path) -> None:
        path = study / "data" / SITES
        head, *rows = read_rows(path)
        append(path, **(dict(zip(head, rows[row - 2], strict=True)) | other))

    return add_copy


def settings(old: str, new: str) -> Edit:
    return lambda study: change(study / "data" / SETTINGS, old, new)


def scenario(old: str, new: str) -> Edit:
    return lambda study: change(study / "data/scenarios" / SCENARIO, old, new)


REFUSED: dict[str, tuple[Edit, str]] = {
    "tonnes in a column of kilotonnes": (cell(SITES, 2, "co2_kt_per_a", "2000000"), "figure.too_large"),
    "biogenic tonnes": (cell(SITES, 2, "co2_biogenic_kt_per_a", "90000"), "figure.too_large"),
    "capacity of a hub": (cell(HUBS, 2, "capacity_2040", "1e9"), "figure.too_large"),
    "cost of a hub": (cell(HUBS, 2, "cost_high", "1e7"), "figure.too_large"),
    "low cost above high": (cell(HUBS, 2, "cost_low", "200"), "table.range"),
    "half a year": (cell(SITES, 2, "co2_year", "2022.5"), "table.no_whole_year"),
    "an id with a slash": (cell("clusters.csv", 2, "cluster_id", "oost/1"), "table.wrong_id"),
    "an id with a dot": (cell(HUBS, 2, "hub_id", "../hub"), "table.wrong_id"),
    "an id that differs by case": (cell(SITES, 2, "site_id", "Arc-Steel"), "table.wrong_id"),
    "a character one cannot see": (cell(SITES, 2, "name", "Arc\u200b Steel"), "table.invisible"),
    "text that turns around": (cell(SITES, 2, "operator", "Arc\u202elee"), "table.invisible"),
    "a misspelt column": (cell(SITES, 2, "process_gas_off", ""), "table.like_column"),
    "an unknown column": (cell(SITES, 2, "colour", "red"), "table.unknown_column"),
    "a site that burns its own gas": (cell(SITES, 2, "process_gas_of", "arc-steel"), "table.circle"),
    "0, 0": (both(cell(SITES, 2, "lon", "0"), cell(SITES, 2, "lat", "0")), "place.at_zero"),
    "web mercator": (settings('"EPSG:25831"', '"EPSG:3857"'), "crs.wrong_scale"),
    "a zone of the other side": (settings('"EPSG:25831"', '"EPSG:32731"'), "crs.of_another_area"),
    "a zone far away": (settings('"EPSG:25831"', '"EPSG:25835"'), "crs.of_another_area"),
    "over the 180th meridian": (settings("extent = [", "extent = [179, 51, -179, 52] #"), "study.over_the_180th"),
    "half the globe": (settings("extent = [", "extent = [-100.0, 40.0, 100.0, 60.0] #"), "figure.too_large"),
    "hundreds of millions of cells": (
        both(settings("extent = [", "extent = [3.0, 50.0, 6.0, 52.0] #"), settings("cell_m = ", "cell_m = 10 #")),
        "study.too_many_cells",
    ),
    "a milestone in the year 9999": (settings("milestones = [2030,", "milestones = [2030, 9999, "), "figure.too_large"),
    "milestones out of order": (settings("milestones = [2030,", "milestones = [2041, 2030,"), "study.milestones"),
    "an unknown language": (settings('languages = ["en", "nl"]', 'languages = ["fr"]'), "study.unknown_language"),
    "true for a number": (scenario("year = 2040", "year = true"), "toml.truth_or_nan"),
    "not a number": (scenario("year = 2040", "year = 2040\nweights = {co2 = nan}"), "toml.truth_or_nan"),
    "a tonne worth a billion": (scenario("eur_per_t = {", "eur_per_t = { 2049 = 1e9, "), "figure.too_large"),
    "an own number out of the world": (
        scenario("year = 2040", 'year = 2040\nassumptions = {"steel/capture_cost" = 1e15}'), "assumption.absurd",
    ),
    "toml without end": (lambda s: (s / "data" / SETTINGS).write_text("a = " + "[" * 20_000) and None, "toml.not_toml"),
    "a number of 5000 digits": (scenario("year = 2040", "year = " + "9" * 5000), "toml.not_toml"),
    "tabs": (
        lambda s: (s / "data" / SITES).write_text((s / "data" / SITES).read_text().replace(",", "\t")) and None,
        "table.tabs",
    ),
}  # fmt: skip
REMARKED: dict[str, tuple[Edit, str]] = {
    "a large figure": (cell(SITES, 2, "co2_kt_per_a", "20000"), "that is more than is usual (15000 kt/a)"),
    "one plant from two registers": (
        copied(2, site_id="copy", name="Other", registry_id=""),
        "same place and same CO2",
    ),
    "one name twice": (copied(2, site_id="copy", co2_kt_per_a="5", registry_id=""), "same name and municipality"),
    "a site far from its cluster": (cell("clusters.csv", 2, "radius_km", "0.1"), "km from cluster"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_only_be_a_mistake_is_refused(case: str, toy: Path) -> None:
    spoil, code = REFUSED[case]
    spoil(toy)
    problems, _ = check_study(toy)
    assert code in {problem.code for problem in problems}, [str(problem) for problem in problems]
    assert all(problem.file for problem in problems)


@pytest.mark.parametrize("case", REMARKED)
def test_what_is_odd_is_told_and_planned(case: str, toy: Path) -> None:
    spoil, said = REMARKED[case]
    spoil(toy)
    problems, remarks = check_study(toy)
    assert not problems and any(said in remark for remark in remarks), (problems, remarks)


def test_one_registry_number_is_one_site(toy: Path) -> None:
    cell(SITES, 2, "registry_id", "EUTL BE 7")(toy)
    copied(2, site_id="copy", name="Other", registry_id="eutl  be7")(toy)
    problems, _ = check_study(toy)
    assert [(p.code, p.column, p.values["first"]) for p in problems] == [("site.registry_twice", "registry_id", 2)]


def test_columns_left_empty_by_a_spreadsheet_are_no_mistake(toy: Path) -> None:
    path = toy / "data" / SITES
    path.write_text("".join(f"{line},,,\n" for line in path.read_text().splitlines()))
    assert check_study(toy)[0] == []


def test_the_shipped_studies_pass_and_every_limit_is_in_order(toy: Path) -> None:
    assert check_study(toy)[0] == []
    for limits in plausible._limits().values():
        for limit in limits:
            ends = [limit.refuse_below, limit.remark_above, limit.refuse_above]
            known = [end for end in ends if end is not None]
            assert known == sorted(known) and limit.reason
            assert limit.is_absurd(math.nan) and limit.is_absurd(math.inf)


# ------------------------------------------------------------------ files of layers


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("river.geojson", ELSEWHERE),
        ("river.geojson", b"<gml:FeatureCollection/>"),
        ("river.geojson", b"WFS:http://192.0.2.1/"),
        ("river.geojson", b"SQLite format 3\x00"),
        ("river.osm.pbf", ELSEWHERE),
    ],
)  # fmt: skip
def test_a_file_of_another_format_than_its_name_is_not_opened(name: str, content: bytes, toy: Path) -> None:
    (toy / "layers/river.geojson").unlink()
    (toy / "layers" / name).write_bytes(content)
    change(toy / "layers/catalogue.toml", '"river.geojson"', f'"{name}"')
    problems, _ = check_study(toy)
    assert [problem.code for problem in problems] == ["layer.disguised"]
    summary = open_study(toy).stack.summary().set_index("id")
    assert summary.loc["river", "status"] == "broken", "a list of the layers is shown all the same"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_out_of_the_study_is_not_followed(toy: Path, tmp_path: Path) -> None:
    river = toy / "layers/river.geojson"
    river.rename(tmp_path / "elsewhere.geojson")
    river.symlink_to(tmp_path / "elsewhere.geojson")
    problems, _ = check_study(toy)
    assert [problem.code for problem in problems] == ["layer.outside"]


def test_complex_pixels_are_refused(toy: Path) -> None:
    path = next((toy / "layers").glob("*.tif"), None)
    if path is None:
        path = toy / "layers/land.tif"
        entry = '\n[[layer]]\nid = "land"\ntitle_en = "L"\ntitle_nl = "L"\nfile = "land.tif"\nrole = "constraint"\n'
        entry += 'effect = "codes"\ncrs = "EPSG:25831"\nsource = "own-estimate"\nlicence = "own"\nvintage = "2024"\n'
        catalogue = toy / "layers/catalogue.toml"
        catalogue.write_text(catalogue.read_text() + entry + 'value_map = {"1" = "none"}\n')
    profile = {"driver": "GTiff", "dtype": "complex64", "count": 1, "width": 40, "height": 40, "crs": "EPSG:25831"}
    with rasterio.open(
        path, "w", **profile, transform=rasterio.Affine(500.0, 0, 518_000, 0, -500.0, 5_675_000)
    ) as file:
        file.write(np.ones((1, 40, 40), np.complex64))
    assert "raster.complex" in {problem.code for problem in check_study(toy)[0]}


# ------------------------------------------------------------------ audit


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("segments", "flow"), ("segments", "capex_eur"), ("segments", "annual_eur"), ("segments", "length_m"),
        ("segments", "dn_mm"), ("joins", "amount"), ("", "objective_eur_per_a"),
    ],
)  # fmt: skip
def test_no_figure_that_is_none_passes_the_audit(table: str, column: str, wrong: float, toy_plan: Plan) -> None:
    problems = build_design_basis(toy_plan.case).network_problems
    for carrier, network in toy_plan.networks.items():
        problem = problems[carrier]
        audit(network, toy_plan.routes, problem)
        if table:
            frame = getattr(network, table).copy()
            frame[column] = frame[column].astype(float)
            frame.loc[frame.index[0], column] = wrong
            broken = replace(network, **{table: frame})
        else:
            broken = replace(network, **{column: wrong})
        with pytest.raises(DesignError):
            audit(broken, toy_plan.routes, problem)


def test_the_command_says_it_once(toy: Path, run: Callable[..., Outcome]) -> None:
    cell(SITES, 2, "co2_kt_per_a", "2000000")(toy)
    said = run("check", "--study", toy, "--language", "nl")
    assert (
        said.code == 1
        and said.out.count("dat kan niet: meer dan 60000 kt/jaar") + said.out.count("meer dan 60000") >= 1
    )
    assert said.out.endswith("1 probleem\n")


def test_a_wrong_value_of_a_scenario_names_its_key(toy: Path) -> None:
    scenario("eur_per_t = {", "eur_per_t = { 1 = 100, ")(toy)
    problems, _ = check_study(toy)
    assert [(p.code, p.column, p.value) for p in problems] == [("figure.too_small", "co2_value_eur_per_t", "1")]


def test_what_cannot_be_opened_is_not_told_as_written_twice() -> None:
    assert name_reason("Cannot open /vsizip/x.zip").code != "reason.twice"
    assert name_reason("Cannot declare ('a',) twice (at line 3, column 4)").code == "reason.twice"
