"""Page 4: map sheets for a policy note, and every file of the plan. Nothing is made before it is asked for."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from infraplan import delivery, sheets
from infraplan.delivery import localised
from infraplan.tables import NEED_CARRIERS
from infraplan.ui import downloads, session, variants
from infraplan.ui.look import name_carrier, show_heading
from infraplan.ui.session import Answer, language, say
from infraplan.words import LANGUAGES

KINDS = {
    "overview": "Overview",
    "corridor": "Corridor fact sheet",
    "needs": "Needs of a carrier",
    "comparison": "Comparison with the pinned plan",
}
FORMATS = {".pdf": "application/pdf", ".svg": "image/svg+xml", ".png": "image/png"}
LANGUAGE_NAMES = {"en": "English", "nl": "Nederlands"}
COLUMNS = (0.26, 0.74)
MADE = "sheet_made"
# A sheet has room for four variants: that compared with, the plan of now, and two more.
MOST_PINNED = 2


@dataclass(frozen=True)
class Wanted:
    """A sheet as it was asked for: of which plan, which kind, and how it is printed."""

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


def show() -> None:
    """Draw the page."""
    answer = session.answer()
    if answer is None:
        show_heading(say("Sheets and exports"), localised(session.study().settings, "title", language()))
        st.info(say("Propose corridors first: sheets and files are made of a plan."))
        return
    show_heading(say("Sheets and exports"), localised(answer.plan.scenario, "title", language()))
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        wanted = _ask(answer)
        pressed = wanted is not None and st.button(
            say("Make the sheet"), type="primary", key="sheet_make", width="stretch"
        )
    with right:
        if wanted is not None and pressed:
            with st.spinner(say("Drawing the sheet …")):
                st.session_state[MADE] = (wanted, *_draw(answer, wanted))
        _show_made(wanted)
    st.subheader(say("Files"), anchor=False)
    downloads.show(answer)


def _ask(answer: Answer) -> Wanted | None:
    """The choices; None where the sheet cannot be made."""
    kind = str(_choose("Kind of sheet", list(KINDS), {kind: say(label) for kind, label in KINDS.items()}, "sheet_kind"))
    corridor_id = carrier = before = ""
    routes = False
    if kind == "corridor":
        names = {row["corridor_id"]: f"{row['rank']}. {row['name']}" for row in answer.ranking.to_dict("records")}
        if not names:
            st.info(say("No corridor in this plan"))
            return None
        corridor_id = _choose("Corridor", list(names), names, "sheet_corridor", st.session_state.get("corridor_id"))
        routes = st.checkbox(say("Seek other routes (a few seconds)"), key="sheet_routes")
    elif kind == "needs":
        present = set(answer.plan.needs["carrier"])
        carriers = {carrier: name_carrier(carrier) for carrier in NEED_CARRIERS if carrier in present}
        carrier = _choose("Carrier", list(carriers), carriers, "sheet_carrier")
    elif kind == "comparison":
        pinned = variants.pinned()
        if not pinned:
            st.info(say("Pin a plan first: a comparison needs two."))
            return None
        before = _choose("Pinned plan", list(pinned), {name: name for name in pinned}, "sheet_before")
    size = _choose("Page size", list(sheets.PAGES), {size: size for size in sheets.PAGES}, "sheet_size")
    suffix = _choose("Format", list(FORMATS), {name: name[1:].upper() for name in FORMATS}, "sheet_suffix")
    spoken = _choose("Language of the sheet", list(LANGUAGES), LANGUAGE_NAMES, "sheet_language", language())
    return Wanted(answer.number, kind, corridor_id, carrier, before, size, suffix, spoken, routes)


def _choose(label: str, options: list[str], names: dict[str, str], key: str, first: Any = None) -> str:
    index = options.index(first) if first in options else 0
    return str(st.selectbox(say(label), options, index=index, format_func=names.__getitem__, key=key))


def _draw(answer: Answer, wanted: Wanted) -> tuple[bytes, bytes]:
    """The picture to look at and the file to take away: drawn once, printed twice."""
    kept = variants.pinned()
    now = say("Plan of now")
    shown = {**dict(list(kept.items())[-MOST_PINNED:]), now: answer.plan} if wanted.before else {}
    if wanted.before:
        shown = {wanted.before: kept[wanted.before], **shown}
    with tempfile.TemporaryDirectory(prefix="infraplan-") as folder:
        picture, file = Path(folder) / "preview.png", Path(folder) / f"sheet{wanted.suffix}"
        delivery.write_sheet(
            answer.plan,
            picture,
            kind=wanted.kind,
            corridor_id=wanted.corridor_id,
            carrier=wanted.carrier,
            before=kept.get(wanted.before),
            variants=shown,
            language=wanted.language,
            size=wanted.size,
            routes=wanted.routes,
            also=[file] if wanted.suffix != picture.suffix else [],
        )
        content = picture.read_bytes()
        return content, content if wanted.suffix == picture.suffix else file.read_bytes()


def _show_made(wanted: Wanted | None) -> None:
    """The sheet that was made, while the choices are still those it was made from."""
    made, picture, content = st.session_state.get(MADE, (None, b"", b""))
    if made is None or made != wanted:
        return
    st.download_button(
        say("Download the sheet"),
        content,
        file_name=made.name,
        mime=FORMATS[made.suffix],
        key="sheet_download",
        on_click="ignore",
    )
    st.image(picture, caption=made.name, width="stretch")
