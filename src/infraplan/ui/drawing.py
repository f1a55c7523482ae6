"""What people draw on the map becomes part of the scenario: a small form asks what a new shape is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import streamlit as st

from infraplan.core import (
    Carrier,
    Drawing,
    DrawnArea,
    DrawnHub,
    DrawnLine,
    DrawnSite,
    InfraplanError,
    Problem,
    Scenario,
)
from infraplan.demand import needs
from infraplan.reports import maps
from infraplan.study import Study, drawings
from infraplan.ui import history, keys, session
from infraplan.ui.choices import choose, chosen
from infraplan.ui.session import Answer, number, plain, say
from infraplan.ui.state import current
from infraplan.ui.wording import begin_sector, name_carrier, name_hub_role

# parts of a drawing, with the sort that the map paints and the kind of shape it is
PARTS = {
    "no_go": ("no_go", "area"),
    "must_pass": ("must_pass", "line"),
    "proposals": ("proposal", "line"),
    "sites": ("site", "point"),
    "hubs": ("hub", "point"),
}
TITLES = drawings.TITLES
GEOMETRY_KIND = {"Polygon": "area", "LineString": "line", "Point": "point"}
DIGITS = 6
COVERED_SHOWN = 3
COVERED = (
    "{area} lies over {places}: pipes start at the nearest free ground, up to {km} km away. "
    "Draw the area elsewhere if that is not meant."
)
CUT_OFF = (
    "{area} lies over {places}, too far from free ground: no pipe reaches what lies there. "
    "Make the area smaller, or switch the place off."
)
POINTS_AT = {"area": "ring", "line": "line"}
# units of a hub's capacity and cost
UNIT_OF_HUB = {"co2": ("kt/a", "EUR/t"), "h2": ("GWh/a", "EUR/MWh"), "heat": ("GWh/a", "EUR/MWh")}


def warn_covered(answer: Answer) -> None:
    """Warn which places lie under a no-go area, what that means for them, and what to do."""
    for covered in answer.covered:
        places = ", ".join(covered.places[:COVERED_SHOWN])
        if len(covered.places) > COVERED_SHOWN:
            places = say("{places} and {count} more", places=places, count=len(covered.places) - COVERED_SHOWN)
        text = CUT_OFF if covered.moved_km is None else COVERED
        title = _title("no_go", covered.area)
        st.warning(plain(say(text, area=title, places=places, km=number(covered.moved_km, 1))))


def list_shapes(scenario: Scenario) -> list[maps.Shape]:
    """Return every shape of a scenario, as the map shows it."""
    return [
        maps.Shape(f"{part}/{place}", sort, kind, _points(shape, kind), _title(part, shape.name))
        for part, (sort, kind) in PARTS.items()
        for place, shape in enumerate(getattr(scenario.drawing, part))
    ]


def _title(part: str, name: str) -> str:
    """Return what a shape is and its name; only the name where it says what the shape is."""
    title = say(TITLES[part])
    return name if name.startswith(title) else f"{title}: {name}" if name else title


def _points(shape: Any, kind: str) -> tuple[tuple[float, float], ...]:
    if kind == "point":
        return ((shape.lon, shape.lat),)
    points: tuple[tuple[float, float], ...] = getattr(shape, POINTS_AT[kind])
    return points


def take(drawn: list[dict[str, Any]]) -> None:
    """Take over what was done on the map: changed and deleted shapes at once, a new one once it has a name."""
    by_id: dict[str, Mapping[str, Any]] = {}
    new: Mapping[str, Any] | None = None
    for feature in drawn:
        shape_id = (feature.get("properties") or {}).get("shape")
        if shape_id:
            by_id[shape_id] = feature["geometry"]
        elif feature["geometry"]["type"] in GEOMETRY_KIND:
            new = feature["geometry"]
    current().new_shape = new
    parts = {part: tuple(_follow_map(part, by_id)) for part in PARTS}
    history.alter(drawing=Drawing(**parts))


def _follow_map(part: str, by_id: Mapping[str, Mapping[str, Any]]) -> Iterator[Any]:
    kind = PARTS[part][1]
    for place, shape in enumerate(getattr(history.scenario().drawing, part)):
        geometry = by_id.get(f"{part}/{place}")
        if geometry is None:
            continue
        points = _read_points(geometry)
        if points == _round(_points(shape, kind), kind):
            yield shape
        else:
            yield shape.model_copy(update=_place(points, kind))


def _read_points(geometry: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    kind, given = GEOMETRY_KIND[geometry["type"]], geometry["coordinates"]
    points = given[0] if kind == "area" else [given] if kind == "point" else given
    return _round([(point[0], point[1]) for point in points], kind)


def _round(points: Any, kind: str) -> tuple[tuple[float, float], ...]:
    rounded = tuple((round(float(lon), DIGITS), round(float(lat), DIGITS)) for lon, lat in points)
    # an outline that ends where it began is the same as one that does not
    return rounded[:-1] if kind == "area" and rounded[0] == rounded[-1] else rounded


def _place(points: tuple[tuple[float, float], ...], kind: str) -> dict[str, Any]:
    return {"lon": points[0][0], "lat": points[0][1]} if kind == "point" else {POINTS_AT[kind]: points}


def new_shape() -> Mapping[str, Any] | None:
    """Return the geometry (GeoJSON) of the shape that waits for its name."""
    return current().new_shape


def ask_name(study: Study) -> None:
    """Show the form that asks what a new shape is."""
    geometry = new_shape()
    if geometry is None:
        return
    kind = GEOMETRY_KIND[geometry["type"]]
    parts = [part for part, (_, of) in PARTS.items() if of == kind]
    st.markdown(f"**{say('What is this?')}**")
    part = st.pills(
        say("Kind"),
        parts,
        format_func={part: say(TITLES[part]) for part in parts}.__getitem__,
        default=parts[0],
        required=True,
        key=keys.SHAPE_PART,
        label_visibility="collapsed",
    )
    ASK[str(part)](study)
    with st.container(horizontal=True):
        st.button(say("Add to the question"), type="primary", key="shape_add", on_click=_add, args=(study, part))
        st.button(say("Discard"), key="shape_discard", on_click=_discard)


def _ask_area(study: Study) -> None:
    st.text_input(say("Name"), key=keys.SHAPE_NAME, placeholder=say("No-go area"), max_chars=80)


def _ask_must_pass(study: Study) -> None:
    _ask_line(say("Each of these carriers gets a pipe along the line, whatever it costs."))


def _ask_proposal(study: Study) -> None:
    _ask_line(say("Priced with the pipes of the nearest corridor; the plan stays as it is."))


def _ask_line(about: str) -> None:
    st.text_input(say("Name"), key=keys.SHAPE_NAME, placeholder=say("Line"), max_chars=80)
    carriers = session.scenario().carriers
    st.pills(
        say("Carriers"),
        carriers,
        selection_mode="multi",
        format_func=name_carrier,
        default=carriers,
        key=keys.SHAPE_CARRIERS,
    )
    st.caption(about)


def _ask_site(study: Study) -> None:
    st.text_input(say("Name"), key=keys.SHAPE_NAME, placeholder=say("New site"), max_chars=80)
    sectors = {sector: begin_sector(sector) for sector in needs.sectors(study.assumptions)}
    choose(say("Sector"), sectors, keys.SHAPE_SECTOR)
    st.number_input(
        f"{say('Fossil CO2')} [{say('kt/a')}]", min_value=0.0, value=500.0, step=100.0, format="%g", key=keys.SHAPE_CO2
    )


def _ask_hub(study: Study) -> None:
    st.text_input(say("Name"), key=keys.SHAPE_NAME, placeholder=say("New hub"), max_chars=80)
    carriers: dict[str, str] = {carrier: name_carrier(carrier) for carrier in session.scenario().carriers}
    # two by two, so that the button below stays in sight
    left, right = st.columns(2, gap="small")
    with left:
        carrier = choose(say("Carrier"), carriers, keys.SHAPE_CARRIER)
    with right:
        st.selectbox(say("From which year"), sorted(study.settings.milestones), key=keys.SHAPE_YEAR)
    unit, cost_unit = (say(text) for text in UNIT_OF_HUB[carrier])
    with left:
        st.number_input(
            f"{say('Capacity')} [{unit}]", min_value=0.0, value=5000.0, step=500.0, format="%g", key=keys.SHAPE_CAPACITY
        )
    with right:
        st.number_input(
            f"{say('Cost')} [{cost_unit}]", min_value=0.0, value=50.0, step=5.0, format="%g", key=keys.SHAPE_COST
        )
    st.caption(name_hub_role(drawings.ROLES[carrier]))


ASK = {
    "no_go": _ask_area,
    "must_pass": _ask_must_pass,
    "proposals": _ask_proposal,
    "sites": _ask_site,
    "hubs": _ask_hub,
}


def _add(study: Study, part: str) -> None:
    history.attempt(lambda: _join(study, part))


def _join(study: Study, part: str) -> None:
    geometry = new_shape()
    if geometry is None:
        return
    drawing = session.scenario().drawing
    place, form = _place(_read_points(geometry), PARTS[part][1]), st.session_state
    given = str(form.get(keys.SHAPE_NAME) or "").strip()
    names = {shape.name for shape in getattr(drawing, part)}
    called = given or next(name for n in range(1, len(names) + 2) if (name := f"{say(TITLES[part])} {n}") not in names)
    taken = {
        *study.sites["site_id"],
        *study.hubs["hub_id"],
        *(s.site_id for s in drawing.sites),
        *(h.hub_id for h in drawing.hubs),
    }
    fresh = next(f"drawn-{n}" for n in range(1, len(taken) + 2) if f"drawn-{n}" not in taken)
    shape: Any
    if part == "no_go":
        shape = DrawnArea(name=called, **place)
    elif part in ("must_pass", "proposals"):
        shape = DrawnLine(name=called, carriers=_read_carriers(form.get(keys.SHAPE_CARRIERS) or ()), **place)
    elif part == "sites":
        shape = DrawnSite(
            site_id=fresh, name=called, sector=chosen(keys.SHAPE_SECTOR), co2_kt_per_a=form[keys.SHAPE_CO2], **place
        )
    else:
        carrier = cast(Carrier, chosen(keys.SHAPE_CARRIER))
        shape = DrawnHub(
            hub_id=fresh, name=called, carrier=carrier, role=drawings.ROLES[carrier],
            capacity_per_a=form[keys.SHAPE_CAPACITY], unit_cost=form[keys.SHAPE_COST],
            first_year=form[keys.SHAPE_YEAR], **place,
        )  # fmt: skip
    history.change(
        session.scenario().changed(drawing=drawing.model_copy(update={part: (*getattr(drawing, part), shape)}))
    )
    _discard()


def _read_carriers(chosen: Sequence[Carrier]) -> tuple[Carrier, ...]:
    """Return the carriers of a line; none stands for all, so that the line follows when the scenario's change."""
    if not chosen:
        raise InfraplanError(Problem("screen.no_carrier"))
    carriers = session.scenario().carriers
    return () if set(chosen) == set(carriers) else tuple(carrier for carrier in carriers if carrier in chosen)


def _discard() -> None:
    current().new_shape = None
    st.session_state[keys.SHAPE_NAME] = ""


def show_list() -> None:
    """List every shape of the scenario by name, with a button to delete it."""
    shapes = list_shapes(session.scenario())
    if not shapes:
        st.caption(say("Draw on the map: an area, a line or a point. It becomes part of the question at once."))
    for shape in shapes:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.text(shape.name)
            st.button("✕", key=f"delete-{shape.id}", help=say("Delete"), on_click=_delete, args=(shape.id,))


def _delete(shape_id: str) -> None:
    part, _, place = shape_id.partition("/")
    drawing = session.scenario().drawing
    kept = tuple(shape for n, shape in enumerate(getattr(drawing, part)) if n != int(place))
    history.alter(drawing=drawing.model_copy(update={part: kept}))
