"""What can be changed: one group of settings at a time, each taken over at once."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from infraplan.core import begin, format_figure, translate_unit
from infraplan.reports import captions, study_tables
from infraplan.study import ENGINEERING, Dial, Study, edits, name_places
from infraplan.ui import drawing, history, keys, session
from infraplan.ui.choices import bind, choose, labelled
from infraplan.ui.session import language, say
from infraplan.ui.wording import begin_sector, name, to_percent, to_share

DECISIONS = {"as_known": "As known", "yes": "Yes", "no": "No", "later": "Later"}
VIEWS = {"system": "Whole system", "direct": "Emission trading"}
CO2_STEP_EUR = 10.0
PCT_STEP = 5


def show(study: Study) -> None:
    """Choose a group of settings, and show them."""
    group = st.pills(
        say("What to change"),
        list(GROUPS),
        format_func={group: say(group) for group in GROUPS}.__getitem__,
        default=next(iter(GROUPS)),
        required=True,
        key=keys.DIAL_GROUP,
        label_visibility="collapsed",
    )
    GROUPS[str(group)](study)


def _ask_money(study: Study) -> None:
    scenario = session.scenario()
    st.number_input(
        say("Value of an avoided tonne of CO2 [EUR/t]"),
        step=CO2_STEP_EUR,
        format="%.0f",
        help=say("A site is joined only where its pipes cost less than its avoided CO2 is worth."),
        **bind(keys.CO2_VALUE, scenario.co2_value(), _take_co2_value),
    )
    st.segmented_control(
        say("Whose emissions count"),
        list(VIEWS),
        format_func={view: say(text) for view, text in VIEWS.items()}.__getitem__,
        required=True,
        help=say("The whole system counts what making power and hydrogen emits; emission trading does not."),
        **bind(keys.CO2_VIEW, scenario.co2_view, lambda view: history.alter(co2_view=view)),
    )
    models = {model: model for model in study.assumptions.subjects("eur_per_currency")}
    models = {ENGINEERING: say("Engineering"), **models}
    st.selectbox(
        say("Cost model of CO2 pipes"),
        list(models),
        format_func=models.__getitem__,
        **bind(labelled(keys.COST_MODEL), scenario.co2_cost_model, lambda model: history.alter(co2_cost_model=model)),
    )
    _ask_dials(study, "cost")


def _take_co2_value(value: float) -> None:
    history.change(edits.set_co2_value(session.scenario(), float(value)))


def _ask_sites(study: Study) -> None:
    _ask_places(say("Sites switched off"), study_tables.label_sites(study, language()), "sites_off")
    _ask_places(say("Clusters switched off"), study_tables.label_clusters(study, language()), "clusters_off")
    st.caption(say("Or click a site on the map."))


def _ask_hubs(study: Study) -> None:
    _ask_places(say("Hubs switched off"), study_tables.label_hubs(study, language()), "hubs_off")
    st.caption(say("Or click a hub on the map."))


def _ask_places(title: str, labels: dict[str, str], key: str) -> None:
    off = list(getattr(session.scenario(), key))
    labels = labels | {place: place for place in off if place not in labels}
    st.multiselect(
        title,
        list(labels),
        format_func=labels.__getitem__,
        placeholder=say("None: all take part"),
        **bind(labelled(key), off, lambda chosen: history.alter(**{key: tuple(chosen)})),
    )


def show_switch(site_id: str, hub_id: str) -> None:
    """Show the place that was clicked on the map, with a switch."""
    scenario = session.scenario()
    place_id = site_id or hub_id
    names = name_places(session.case().study, language=language())
    if place_id not in names.index:
        return
    off = scenario.sites_off if site_id else scenario.hubs_off
    turn = edits.switch_site if site_id else edits.switch_hub
    st.toggle(
        say("{place} takes part", place=names[place_id]),
        **bind(
            keys.PLACE_ON,
            place_id not in off,
            lambda on: history.change(turn(session.scenario(), place_id, on=bool(on))),
        ),
    )


def _ask_project(study: Study) -> None:
    if study.projects.empty:
        st.caption(say("The study has none."))
        return
    scenario, names = session.scenario(), study.projects.set_index("project_id")["name"]
    project = choose(say("Project"), dict(names), keys.PROJECT)
    row = study.projects.set_index("project_id").loc[project]
    now = (
        "yes" if project in scenario.projects_on
        else "no" if project in scenario.projects_off
        else "later" if project in scenario.project_years
        else "as_known"
    )  # fmt: skip
    st.caption(". ".join(begin(text) for text in (name(str(row["status"])), str(row["note"])) if text))
    st.segmented_control(
        say("Final investment decision"),
        list(DECISIONS),
        format_func={one: say(text) for one, text in DECISIONS.items()}.__getitem__,
        required=True,
        **bind(
            keys.DECISION, now, lambda one: history.change(
                edits.decide_project(session.scenario(), project, one, year=_later_year(study, project))
            )
        ),
    )  # fmt: skip
    if now == "later":
        milestones = study.settings.milestones
        st.slider(
            say("From which year"),
            min(milestones),
            max(milestones),
            **bind(
                keys.PROJECT_YEAR, scenario.project_years[project], lambda year: history.change(
                    edits.decide_project(session.scenario(), project, "later", year=int(year))
                )
            ),
        )  # fmt: skip


def _later_year(study: Study, project: str) -> int:
    return session.scenario().project_years.get(project, max(study.settings.milestones))


def _ask_pathways(study: Study) -> None:
    scenario = session.scenario()
    if not scenario.pathways:
        st.caption(say("The study has none."))
        return
    sectors = {sector: begin_sector(sector) for sector in scenario.pathways}
    sector = choose(say("Sector"), sectors, keys.SECTOR)
    st.caption(say("Share in {year} [%]; the others make room.", year=scenario.year))
    for pathway in scenario.pathways[sector]:
        st.slider(
            begin(study.titles.name_pathway(pathway, language())),
            0,
            100,
            step=PCT_STEP,
            **bind(
                keys.SHARE.format(sector=sector, pathway=pathway),
                round(to_percent(scenario.share(sector, pathway))),
                _set_share(study, sector, pathway),
            ),
        )


def _set_share(study: Study, sector: str, pathway: str) -> Callable[[int], None]:
    return lambda percent: history.change(
        edits.set_share(study, session.scenario(), sector, pathway, to_share(percent))
    )


def _ask_capture(study: Study) -> None:
    _ask_dials(study, "capture")


def _ask_ground(study: Study) -> None:
    st.caption(say("How many times dearer than open ground a pipe is there; another value makes new ground."))
    _ask_dials(study, "layer")


def _ask_dials(study: Study, group: str) -> None:
    for dial in edits.list_dials(study, session.scenario()):
        if dial.group == group and dial.low < dial.high:
            _ask_dial(study, dial)


def _ask_dial(study: Study, dial: Dial) -> None:
    spoken = language()
    title = captions.localised(dial, "title", spoken) if dial.title_nl else say(dial.title, year=dial.year)
    st.select_slider(
        title,
        dial.list_stops(),
        format_func=lambda value: write_stop(value, dial.unit, spoken),
        help=f"{dial.note} [{dial.source}]" if dial.note else f"[{dial.source}]",
        **bind(
            labelled(keys.DIAL.format(dial.id)),
            dial.value,
            lambda value: history.change(edits.set_number(study, session.scenario(), dial.id, float(value))),
        ),
    )


def write_stop(value: float, unit: str, language: str) -> str:
    """Return a number of a dial as the reader writes it: shares in percent, factors with their sign."""
    if unit == "share":
        return f"{format_figure(to_percent(value), language)} %"
    return f"{format_figure(value, language)} {'×' if unit == '1' else translate_unit(unit)}"


def _show_drawn(study: Study) -> None:
    drawing.show_list()


GROUPS: dict[str, Callable[[Study], None]] = {
    "Money": _ask_money,
    "Sites": _ask_sites,
    "Hubs": _ask_hubs,
    "Projects": _ask_project,
    "Pathways": _ask_pathways,
    "Capture": _ask_capture,
    "Ground": _ask_ground,
    "Drawn": _show_drawn,
}
