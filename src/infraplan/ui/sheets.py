"""Page 4: map sheets for a policy note, and every file of the plan. Nothing is made before it is asked for."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from infraplan.core import NEED_CARRIERS, begin, records
from infraplan.reports import captions, sheets, writers
from infraplan.ui import downloads, keys, session, variants
from infraplan.ui.choices import choose
from infraplan.ui.look import row, show_heading, show_paper, show_rows
from infraplan.ui.session import Answer, language, number, say
from infraplan.ui.sidebar import LANGUAGE_NAMES
from infraplan.ui.state import current
from infraplan.ui.wording import name_carrier


class Kind(NamedTuple):
    """A kind of sheet: its name, what it holds, and for whom it is."""

    label: str
    holds: str
    use: str


KINDS = {
    "overview": Kind(
        "Overview",
        "The whole plan on one map: ranked corridors, pipes of each carrier, "
        "sites and hubs; key figures, ranking, legend.",
        "For the first page of a policy note, or a poster in the room.",
    ),
    "corridor": Kind(
        "Corridor fact sheet",
        "One corridor between its greyed neighbours: CO2 avoided, pipes with size, "
        "flow and cost, users, what it crosses.",
        "For whoever decides on this stretch: grid operator, port, permitting authority.",
    ),
    "needs": Kind(
        "Needs of a carrier",
        "Who offers and who uses a carrier: the largest places numbered, "
        "sums per year, sector and cluster, low to high.",
        "For a talk with the companies of a sector or cluster: is this what you need?",
    ),
    "comparison": Kind(
        "Comparison with the pinned plan",
        "What came, grew, shrank and went against a pinned plan, the figures of up to four variants, "
        "the corridors that moved.",
        "For the minutes of a workshop: what does this choice change?",
    ),
}
FORMATS = {".pdf": "application/pdf", ".svg": "image/svg+xml", ".png": "image/png"}
COLUMNS = (0.26, 0.74)
SEPARATOR = " · "
CHOICES_CHANGED = "The choices have changed since this sheet was made. Make the sheet again to follow them."
PLAN_CHANGED = "The plan has changed since this sheet was made. Make the sheet again to follow it."
# A sheet has room for four variants: that compared with, the plan of now, and two more.
MOST_PINNED = 2


@dataclass(frozen=True)
class Wanted:
    """A sheet as it was asked for: of which plan, which kind, in which format."""

    number: int
    kind: str
    corridor_id: str
    carrier: str
    before: str
    size: str
    suffix: str
    language: str
    routes: bool

    @property
    def name(self) -> str:
        """The name of the file."""
        parts = ("sheet", self.kind, self.corridor_id or self.carrier or self.before)
        words = "-".join(part for part in parts if part)
        return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in words) + self.suffix


@dataclass(frozen=True)
class Made:
    """A sheet that was made: as it was asked for, the picture to look at (PNG), and the file to take away."""

    wanted: Wanted
    picture: bytes
    content: bytes


def show() -> None:
    """Draw the page."""
    answer = session.answer()
    if answer is None:
        show_heading(say("Sheets and exports"), captions.localised(session.study().settings, "title", language()))
        st.info(say("Propose corridors first: sheets and files are made of a plan."))
        _show_kinds()
        return
    show_heading(say("Sheets and exports"), captions.localised(answer.plan.scenario, "title", language()))
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        names = {kind: say(about.label) for kind, about in KINDS.items()}
        kind = choose(say("Kind of sheet"), names, keys.SHEET_KIND)
        st.caption(f"{say(KINDS[kind].holds)} {say(KINDS[kind].use)}")
        wanted = _ask(answer, kind)
        pressed = st.button(
            say("Make the sheet"), type="primary", key="sheet_make", width="stretch", disabled=wanted is None
        )
    with right:
        if wanted is not None and pressed:
            with st.spinner(say("Drawing the sheet …")):
                current().sheet = _draw(answer, wanted)
        _show_made(answer, kind, wanted)
    st.subheader(say("Files"), anchor=False)
    downloads.show(answer)


def _show_kinds() -> None:
    """List what can be made once there is a plan."""
    rows = [row(say(kind.label), "", f"{say(kind.holds)} {say(kind.use)}") for kind in KINDS.values()]
    rows += [row(say(file.label), "", say(file.about)) for files in downloads.FILES.values() for file in files]
    show_rows(rows)


def _ask(answer: Answer, kind: str) -> Wanted | None:
    """Ask for the choices of a kind of sheet; None where it cannot be made."""
    corridor_id = carrier = before = ""
    routes = False
    if kind == "corridor":
        names = {
            corridor.corridor_id: f"{corridor.rank}. {begin(corridor.name)}" for corridor in records(answer.ranking)
        }
        if not names:
            st.info(say("No corridor in this plan"))
            return None
        corridor_id = choose(say("Corridor"), names, keys.SHEET_CORRIDOR, first=current().corridor_id)
        routes = st.checkbox(say("Seek other routes (a few seconds)"), key=keys.SHEET_ROUTES)
    elif kind == "needs":
        present = set(answer.plan.needs["carrier"])
        carriers = {carrier: name_carrier(carrier) for carrier in NEED_CARRIERS if carrier in present}
        carrier = choose(say("Carrier"), carriers, keys.SHEET_CARRIER)
    elif kind == "comparison":
        pinned = variants.pinned()
        if not pinned:
            st.info(say("Pin a plan first: a comparison needs two."))
            return None
        before = choose(say("Pinned plan"), {name: name for name in pinned}, keys.SHEET_BEFORE)
    paper, file = st.columns(2)
    with paper:
        size = choose(say("Page size"), {size: size for size in sheets.PAGES}, keys.SHEET_SIZE)
    with file:
        suffix = choose(say("Format"), {name: name[1:].upper() for name in FORMATS}, keys.SHEET_SUFFIX)
    spoken = choose(say("Language of the sheet"), LANGUAGE_NAMES, keys.SHEET_LANGUAGE, first=language())
    return Wanted(answer.number, kind, corridor_id, carrier, before, size, suffix, spoken, routes)


def _draw(answer: Answer, wanted: Wanted) -> Made:
    """Draw a sheet once, and print it twice: as a picture to look at, and as the file to take away."""
    kept = variants.pinned()
    now = say("Plan of now")
    compared = {**dict(list(kept.items())[-MOST_PINNED:]), now: answer.plan} if wanted.before else {}
    if wanted.before:
        compared = {wanted.before: kept[wanted.before], **compared}
    with tempfile.TemporaryDirectory(prefix="infraplan-") as folder:
        picture, file = Path(folder) / "preview.png", Path(folder) / f"sheet{wanted.suffix}"
        writers.write_sheet(
            answer.plan,
            picture,
            kind=wanted.kind,
            corridor_id=wanted.corridor_id,
            carrier=wanted.carrier,
            before=kept.get(wanted.before),
            variants=compared,
            language=wanted.language,
            size=wanted.size,
            routes=wanted.routes,
            also=[file] if wanted.suffix != picture.suffix else [],
        )
        shown = picture.read_bytes()
        return Made(wanted, shown, shown if wanted.suffix == picture.suffix else file.read_bytes())


def _show_made(answer: Answer, kind: str, wanted: Wanted | None) -> None:
    """Show the sheet that was made last, also when something changed since; before there is one, an empty page."""
    sheet = current().sheet
    if sheet is None:
        _show_place(answer, kind, wanted)
        return
    made = sheet.wanted
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            say("Download the sheet"),
            sheet.content,
            file_name=made.name,
            mime=FORMATS[made.suffix],
            key="sheet_download",
            on_click="ignore",
        )
        st.caption(made.name)
    if made.number != answer.number:
        st.info(say(PLAN_CHANGED))
    elif made != wanted:
        st.info(say(CHOICES_CHANGED))
    with st.container(key="sheet_picture"):
        st.image(sheet.picture, width="stretch")


def _show_place(answer: Answer, kind: str, wanted: Wanted | None) -> None:
    """Show an empty page in the shape of the paper that says what will be on it."""
    size = next(iter(sheets.PAGES)) if wanted is None else wanted.size
    page = sheets.PAGES[size]
    about = [f"{size}, {number(page.width_mm)} × {number(page.height_mm)} mm"]
    if wanted is not None:
        about += [wanted.suffix[1:].upper(), LANGUAGE_NAMES[wanted.language]]
    show_paper(
        page.width_mm / page.height_mm,
        say(KINDS[kind].label),
        [
            _name_subject(answer, wanted),
            SEPARATOR.join(about),
            say("Nothing is drawn yet: the sheet comes here a few seconds after you ask for it."),
        ],
    )


def _name_subject(answer: Answer, wanted: Wanted | None) -> str:
    """Return what a sheet is about, beside its kind."""
    if wanted is not None and wanted.corridor_id:
        return begin(str(answer.ranking.set_index("corridor_id").loc[wanted.corridor_id, "name"]))
    if wanted is not None and wanted.carrier:
        return name_carrier(wanted.carrier)
    scenario = answer.plan.scenario
    return f"{captions.localised(scenario, 'title', language())}, {scenario.year}"
