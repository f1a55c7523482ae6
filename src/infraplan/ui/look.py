"""How the screens look beyond the theme: the banner, the key figures, the card."""

from __future__ import annotations

import html
from collections.abc import Iterable

import streamlit as st

from infraplan import delivery
from infraplan.study import Study
from infraplan.style import CARRIER_STYLE
from infraplan.ui.session import language, say

STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding-left: 2rem; padding-right: 2rem; }
[data-testid="stMainBlockContainer"] h3 { padding-top: 0; }
[data-testid="stSidebarHeader"] { height: 2.6rem; }
.ip-banner { border-left: 4px solid #B8860B; background: #FBF6E6; color: #4A4331; padding: .45rem .8rem;
  border-radius: 3px; font-size: .87rem; line-height: 1.35; }
.ip-banner b { font-weight: 650; }
.ip-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem 1rem; }
.ip-head h1 { font-size: 1.5rem; font-weight: 650; margin: 0; padding: 0; line-height: 1.2; }
.ip-head span { color: #666D74; }
.ip-figures { display: flex; flex-wrap: wrap; border: 1px solid #DAD8D2; border-radius: 4px; overflow: hidden; }
.ip-figures div { flex: 1 1 0; min-width: 8.2rem; padding: .45rem .8rem .5rem; box-shadow: -1px 0 #E6E4DE; }
.ip-figures small { display: block; color: #666D74; font-size: .8rem; white-space: nowrap; }
.ip-figures b { font-size: 1.2rem; font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap; }
.ip-figures i { font-style: normal; font-size: .8rem; color: #666D74; margin-left: .25rem; white-space: nowrap; }
.ip-rows { border-collapse: collapse; width: 100%; font-size: .93rem; }
.ip-rows td { padding: .28rem .3rem .28rem 0; border-top: 1px solid #ECEAE5; vertical-align: top; }
.ip-rows tr:first-child td { border-top: 0; }
.ip-rows td:last-child { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; padding-right: 0; }
.ip-rows td small { display: block; color: #666D74; font-size: .8rem; line-height: 1.3; white-space: normal; }
.ip-rows tr.ip-key td { font-weight: 650; }
.ip-rows tr.ip-key td small { font-weight: 400; }
.ip-swatch { display: inline-block; width: 1.5rem; height: 0; border-top: 3px solid; vertical-align: middle;
  margin-right: .45rem; }
[data-testid="stHtml"] .ip-legend { max-width: none; font-size: .9rem; padding: 0; }
[data-testid="stHtml"] .ip-legend summary { display: none; }
[data-testid="stHtml"] .ip-legend ul { columns: 4 15rem; }
[data-testid="stHtml"] .ip-legend li { break-inside: avoid; }
</style>"""
BORDER_OF = {"co2": "solid", "h2": "dashed", "heat": "dotted", "electricity": "dashed"}
# label, value, remark, whether it is the row that counts most
Row = tuple[str, str, str, bool]
# label, value, unit
Figure = tuple[str, str, str]


def dress() -> None:
    """Put the style on the page."""
    st.html(STYLE)


def show_banner(study: Study) -> None:
    """Say on every page what the maps are not for, and of when they are."""
    notice = delivery.notice(study, language=language())
    vintage = delivery.localised(study.settings, "vintage", language())
    st.html(f'<div class="ip-banner">{html.escape(notice)} <b>{say("Vintage")}:</b> {html.escape(vintage)}.</div>')


def show_heading(title: str, subtitle: str) -> None:
    """The title of a page and what it is about, on one line where they fit."""
    st.html(f'<div class="ip-head"><h1>{html.escape(title)}</h1><span>{html.escape(subtitle)}</span></div>')


def show_figures(figures: Iterable[Figure]) -> None:
    """A strip of key figures."""
    cells = "".join(
        f"<div><small>{html.escape(label)}</small><b>{html.escape(value)}</b><i>{html.escape(unit)}</i></div>"
        for label, value, unit in figures
    )
    st.html(f'<div class="ip-figures">{cells}</div>')


def show_rows(rows: Iterable[Row]) -> None:
    """A quiet table of labels and values."""
    lines = "".join(
        f"<tr{' class=ip-key' if key else ''}><td>{label}{f'<small>{remark}</small>' if remark else ''}</td>"
        f"<td>{value}</td></tr>"
        for label, value, remark, key in rows
    )
    st.html(f'<table class="ip-rows">{lines}</table>')


def row(label: str, value: str, remark: str = "", *, key: bool = False) -> Row:
    """A row of plain texts; every one is made safe for HTML."""
    return html.escape(label), html.escape(value), html.escape(remark), key


def carrier_row(carrier: str, label: str, value: str, remark: str = "") -> Row:
    """A row that starts with the carrier's line."""
    swatch = (
        f'<span class="ip-swatch" style="border-top-color:{CARRIER_STYLE[carrier].colour};'
        f'border-top-style:{BORDER_OF[carrier]}"></span>'
    )
    return swatch + html.escape(label), html.escape(value), html.escape(remark), False


def name_carrier(carrier: str) -> str:
    """The carrier's word."""
    return say(CARRIER_STYLE[carrier].label) if carrier in CARRIER_STYLE else carrier


def name_carriers(listed: str) -> str:
    """The words of a comma list of carriers."""
    return ", ".join(name_carrier(carrier) for carrier in listed.split(",") if carrier)
