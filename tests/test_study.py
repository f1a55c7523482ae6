"""A study: what it holds, what it refuses, and the facts of the default one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from study_tools import append, edit, read_rows

from infraplan.core.errors import InfraplanError, ScenarioError
from infraplan.core.model import Scenario
from infraplan.demand import needs
from infraplan.reports.plan_basemap import basemap
from infraplan.study import package
from infraplan.study.assumptions import overrides
from infraplan.study.case import open_case
from infraplan.study.places import name_places
from infraplan.study.study import Study, check_scenario, default_folder, open_study, read

# ------------------------------------------------------------------ places and hubs


def test_places_stand_on_the_map_in_metres(toy_study: Study) -> None:
    for frame in (toy_study.sites, toy_study.hubs, toy_study.heat_areas, toy_study.clusters):
        assert frame.crs == toy_study.settings.crs
        back = frame.to_crs("EPSG:4326").geometry
        assert np.allclose(back.x, frame["lon"]) and np.allclose(back.y, frame["lat"])
    assert toy_study.inside(toy_study.sites).all()


def test_inside_is_the_extent_with_its_edge(toy_study: Study) -> None:
    west, south, east, north = toy_study.settings.extent
    corner = {"lon": [west, east, west - 0.001, east, east], "lat": [south, north, south, north + 0.001, south]}
    assert list(toy_study.inside(pd.DataFrame(corner))) == [True, True, False, False, True]  # type: ignore[arg-type]


def test_hubs_count_from_their_first_year_with_their_status(toy: Path) -> None:
    hubs = toy / "data/hubs.csv"
    edit(hubs, 2, "first_year", 2035)
    for year, capacity in ((2030, 0), (2035, 1000), (2040, 3000), (2050, 3000)):
        edit(hubs, 2, f"capacity_{year}", capacity)
    study = open_study(toy)
    scenario = study.scenario()

    def capacity_in(year: int, **changes: object) -> list[float]:
        return list(open_case(study, scenario.changed(**changes)).in_year(year).hubs_of("co2")["capacity"])

    assert capacity_in(2034) == []
    assert [capacity_in(year) for year in (2035, 2036, 2040, 2045)] == [[1000.0], [1400.0], [3000.0], [3000.0]]
    assert capacity_in(2040, hub_statuses=("operational",)) == []
    assert capacity_in(2040, hubs_off=("harbour-co2",)) == []
    assert list(open_case(study, scenario).in_year(2030).hubs_of("h2")["hub_id"]) == ["harbour-h2"]
    assert list(open_case(study, scenario).in_year(2040).hubs_of("heat")["hub_id"]) == []


def test_tables_that_a_study_can_do_without(toy: Path) -> None:
    for table in ("heat_areas", "substations", "projects", "names"):
        (toy / f"data/{table}.csv").unlink()
    study = open_study(toy)
    assert study.heat_areas.empty and study.substations.empty and study.projects.empty
    assert study.spell(study.sites["name"], "nl").tolist() == study.sites["name"].tolist()


def test_places_are_told_in_the_readers_language_where_the_study_knows_their_name(toy: Path) -> None:
    append(toy / "data/names.csv", name="Toytown", name_nl="Speelstad", source="own-estimate")
    study = open_study(toy)
    area = str(study.heat_areas["area_id"].iloc[0])
    assert name_places(study)[area] == name_places(study, language="en")[area] == "Toytown"
    assert name_places(study, language="nl")[area] == "Speelstad"
    assert list(basemap(study, language="nl")["settlements"]["name"]) == ["Speelstad"]
    assert list(basemap(study, language="en")["settlements"]["name"]) == ["Toytown"]


# ------------------------------------------------------------------ problems


def test_all_tables_are_read_before_anything_is_said(toy: Path) -> None:
    edit(toy / "data/sites.csv", 3, "lon", "east")
    edit(toy / "data/hubs.csv", 2, "capacity_2030", "much")
    edit(toy / "data/clusters.csv", 2, "radius_km", -1)
    edit(toy / "data/assumptions/network.csv", 2, "value", 7)
    edit(toy / "data/heat_areas.csv", 2, "source", "hearsay")
    (toy / "layers/catalogue.toml").write_text("")
    study, problems = read(toy)
    assert study is None
    assert {(p.file, p.column) for p in problems} >= {
        ("sites.csv", "lon"),
        ("hubs.csv", "capacity_2030"),
        ("clusters.csv", "radius_km"),
        ("network.csv", "value"),
        ("heat_areas.csv", "source"),
        ("layers/catalogue.toml", ""),
    }
    with pytest.raises(InfraplanError) as error:
        open_study(toy)
    assert error.value.problems == tuple(problems)


def test_swapped_places_are_found_in_every_table(toy: Path) -> None:
    for table in ("sites", "hubs", "clusters", "heat_areas"):
        rows = read_rows(toy / f"data/{table}.csv")
        lon, lat = (rows[1][rows[0].index(column)] for column in ("lon", "lat"))
        edit(toy / f"data/{table}.csv", 2, "lon", lat)
        edit(toy / f"data/{table}.csv", 2, "lat", lon)
    problems = read(toy)[1]
    assert [(p.file, p.row, p.column) for p in problems] == [
        (f"{table}.csv", 2, "lon, lat") for table in ("sites", "hubs", "clusters", "heat_areas")
    ]


def test_a_place_outside_the_extent_is_no_mistake(toy: Path) -> None:
    edit(toy / "data/sites.csv", 3, "lon", 12.5)
    study = open_study(toy)
    assert list(study.inside(study.sites)) == [True, False, True, True, True]


def test_projects_may_lean_on_several_others(toy: Path) -> None:
    common = {"type": "CCS", "status": "planned", "source": "own-estimate"}
    for project, leans_on in (("a", ""), ("b", "a"), ("c", "a b ghost")):
        append(toy / "data/projects.csv", project_id=project, name=project, depends_on=leans_on, **common)
    assert [(p.row, p.value) for p in read(toy)[1]] == [(4, "ghost")]


# ------------------------------------------------------------------ scenarios


def test_the_default_scenario_comes_first(toy_study: Study) -> None:
    names = toy_study.scenario_names()
    assert names[0] == toy_study.settings.default_scenario == toy_study.scenario().name
    assert sorted(names) == sorted(path.stem for path in (toy_study.folder / "data/scenarios").iterdir())
    with pytest.raises(ScenarioError, match=f"value 'nothing': no such scenario. Choose from: {', '.join(names)}"):
        toy_study.scenario("nothing")


def test_every_mistake_of_a_question_is_told_at_once(toy_study: Study) -> None:
    wrong = toy_study.scenario().changed(
        year=2029,
        carriers=("co2", "co2"),
        sites_off=("ghost",),
        hub_statuses=("built",),
        co2_value_eur_per_t={2030: -1.0},
        activity={"steel": {2030: -0.5}},
        assumptions={"co2/capture_rate_2050": 1.5},
    )
    found = {p.column for p in check_scenario(toy_study, wrong, "asked")}
    assert found == {
        "year", "carriers", "sites_off", "hub_statuses", "co2_value_eur_per_t", "activity.steel", "assumptions",
    }  # fmt: skip
    assert check_scenario(toy_study, toy_study.scenario()) == []


@pytest.mark.parametrize("change", [{"year": "soon"}, {"co2_value_eur_per_t": {}}, {"activity": {"steel": {}}}])
def test_a_changed_question_is_checked_again(toy_study: Study, change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        toy_study.scenario().changed(**change)


def test_a_scenario_changes_numbers_of_its_own(toy_study: Study) -> None:
    scenario = toy_study.scenario().changed(assumptions={"co2/capture_rate_2050": 0.5, "co2/max_distance": 10})
    assert overrides(scenario) == {("co2", "capture_rate_2050"): 0.5, ("co2", "max_distance"): 10.0}


# ------------------------------------------------------------------ the default study


def test_the_default_study_is_the_folder_one_stands_in(
    toyland: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(toyland)
    assert default_folder() == toyland
    monkeypatch.chdir(tmp_path)
    root = Path(__file__).resolve().parents[1]
    installed = not package.PACKAGE.is_relative_to(root / "src")
    assert default_folder() == (package.PACKED if installed else root)


def test_an_installed_package_brings_the_default_study_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(package, "PACKED", tmp_path / "default_study")
    (tmp_path / "default_study").mkdir()
    assert default_folder() == tmp_path / "default_study" and package.is_packed(default_folder())
    assert not package.is_packed(tmp_path)


def test_baseline_is_the_programmes(default_study: Study) -> None:
    sites, home = default_study.sites, default_study.settings.home_region
    sectors = default_study.settings.baseline_sectors

    def baseline_mt(*, process_gas: bool) -> float:
        return needs.baseline(sites, region=home, sectors=sectors, process_gas=process_gas) / 1000.0

    assert baseline_mt(process_gas=False) == pytest.approx(17.06, abs=0.005)
    assert baseline_mt(process_gas=True) == pytest.approx(22.02, abs=0.005)
    burners = sites[(sites["process_gas_of"] != "") & (sites["region"] == home)]
    gas_mt = float(burners["co2_kt_per_a"].sum()) / 1000.0
    assert gas_mt == pytest.approx(22.02 - 17.06, abs=0.01), "each process-gas plant once"
    assert not set(burners["sector"]) & set(sectors), "a burner in a baseline sector would count twice"


def test_verified_figures_have_a_year_a_source_and_a_registry_id(default_study: Study) -> None:
    sites = default_study.sites
    known = sites[sites["co2_kt_per_a"].notna()]
    papers = known["co2_year"].notna() & (known["source"] != "") & (known["registry_id"] != "")
    assert papers.sum() >= 190
    assert known["co2_year"].notna().all(), "a figure without a year says nothing"


def test_unverified_rows_stay_marked(default_study: Study) -> None:
    sites = default_study.sites
    marked = sites.loc[sites["note"].str.contains("[unverified]", regex=False), "site_id"]
    assert set(marked) == {
        "air-liquide-botlek", "air-products-botlek", "amercentrale", "eqiom-lumbres", "esso-rotterdam",
        "ineos-aromatics-geel", "lhoist-rety", "onyx-rotterdam", "sappi-lanaken", "shell-pernis", "shell-wesseling",
        "uniper-maasvlakte", "versalis-mardyck", "yara-tertre",
    }  # fmt: skip


def test_every_other_name_of_a_place_belongs_to_a_place(default_study: Study) -> None:
    study = default_study
    drawn = basemap(study, language="")
    known = {
        *study.sites["municipality"], *study.projects["place"], *name_places(study),
        *drawn["towns"]["name"], *drawn["settlements"]["name"],
    }  # fmt: skip
    assert set(study.names["name"]) <= known
    other = study.names[["name_en", "name_nl"]].ne("")
    assert other.any(axis=1).all(), "a row without another name says nothing"


def test_cities_stand_in_english_on_english_maps_and_in_dutch_on_dutch_ones(default_study: Study) -> None:
    towns = {language: set(basemap(default_study, language=language)["towns"]["name"]) for language in ("en", "nl")}
    english = {"Antwerp", "Ghent", "Bruges", "Ostend", "Brussels", "Dunkirk", "Flushing", "The Hague", "Cologne"}
    dutch = {"Antwerpen", "Gent", "Brugge", "Oostende", "Brussel", "Duinkerke", "Vlissingen", "Den Haag", "Keulen"}
    assert english <= towns["en"] and not english & towns["nl"]
    assert dutch <= towns["nl"] and not dutch & towns["en"]
    hubs = name_places(default_study, language="nl")
    assert hubs["antwerp-c-export-hub"] == "CO2-exporthub Antwerp@C"


def test_scenarios_of_the_default_study_answer_every_milestone(default_study: Study) -> None:
    sectors = needs.sectors(default_study.assumptions)
    for name in default_study.scenario_names():
        scenario = default_study.scenario(name)
        assert isinstance(scenario, Scenario)
        families = needs.families_of(default_study.pathways)
        assert needs.check_pathways(scenario, sectors, default_study.settings.milestones, families) == []


def test_a_copy_of_the_default_study_is_a_study(default_study: Study, tmp_path: Path) -> None:
    for part in ("data", "layers"):
        shutil.copytree(default_study.folder / part, tmp_path / part)
    assert len(open_study(tmp_path).sites) == len(default_study.sites)


def test_a_project_switched_off_takes_its_hub_and_those_that_need_it_along(default_study: Study) -> None:
    scenario = default_study.scenario()
    off = default_study.cancelled(["kairos-c"])
    assert {"kairos-c", "antwerp-c", "h2be"} <= off
    before = set(open_case(default_study, scenario).in_year(2035).hubs_of("h2")["hub_id"])
    after = set(
        open_case(default_study, scenario.changed(projects_off=("kairos-c",))).in_year(2035).hubs_of("h2")["hub_id"]
    )
    assert before - after == {"h2be-ghent"}


def test_a_project_that_goes_ahead_brings_its_hub_whatever_the_hubs_status(default_study: Study) -> None:
    nothing_built = default_study.scenario().changed(hub_statuses=("operational",))
    assert open_case(default_study, nothing_built).in_year(2035).hubs_of("h2").empty
    ahead = nothing_built.changed(projects_on=("h2be",))
    assert list(open_case(default_study, ahead).in_year(2035).hubs_of("h2")["hub_id"]) == ["h2be-ghent"]
