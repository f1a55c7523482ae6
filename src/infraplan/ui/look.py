"""How the screens look beside the theme: size of type, the banner, key figures, quiet tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import streamlit as st

from infraplan.core import CARRIER_STYLE, CHANGE_STYLE, ON_DARK, RING_STYLE
from infraplan.reports import captions
from infraplan.study import Study
from infraplan.ui.session import language, large_type, say

# colours of the screens, on a light and on a dark page
LIGHT = {
    "line": "#DAD8D2",
    "thin": "#ECEAE5",
    "quiet": "#5D646B",
    "note": "#FBF6E6",
    "ink": "#4A4331",
    "mark": "#B8860B",
}
DARK = {
    "line": "#454B52",
    "thin": "#33383E",
    "quiet": "#A9B0B7",
    "note": "#332D1B",
    "ink": "#EBDDB4",
    "mark": "#D9A520",
}
# type of the whole page [px]: Streamlit measures everything else by it
TYPE_PX = {False: 15, True: 20}
STYLE = """<style>
:root {{ {colours} }}
html {{ font-size: {type_px}px !important; }}
[data-testid="stMainBlockContainer"] {{ padding: 3.4rem 1.6rem 2rem; }}
[data-testid="stMainBlockContainer"] h3 {{ padding-top: 0; }}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] {{ gap: .7rem; }}
[data-testid="stSidebarHeader"] {{ height: 2.6rem; }}
.st-key-language button {{ padding-left: .6rem; padding-right: .6rem; }}
[data-testid="stSidebarUserContent"] {{ padding-bottom: 1rem; }}
[data-stale="true"] {{ opacity: 1 !important; transition: none !important; }}
iframe[title*="folium"] {{ display: block; height: calc(100vh - 15rem); }}
[data-testid="stLayoutWrapper"]:has(> .st-key-beside_map), [data-testid="stLayoutWrapper"]:has(> .st-key-dials) {{
  flex: 1 1 0px; height: auto; min-height: 20rem; }}
[data-testid="stLayoutWrapper"]:has(> .st-key-dials) {{ margin-bottom: 2.25rem; }}
.st-key-figures {{ gap: .7rem; }}
.st-key-mistake:empty, .st-key-stopped:empty, .st-key-following {{ display: contents; }}
[data-testid="stLayoutWrapper"]:has(> .st-key-following):not(:has([data-testid="stAlert"])) {{ position: absolute; }}
.st-key-progress {{ position: fixed; right: 1.6rem; top: 3.6rem; width: 24rem; z-index: 999; }}
.st-key-progress .stVerticalBlock {{ background: var(--ip-note); }}
.ip-banner {{ border-left: 4px solid var(--ip-mark); background: var(--ip-note); color: var(--ip-ink);
  padding: .25rem .7rem; border-radius: 3px; font-size: .8rem; line-height: 1.35; }}
.ip-banner b {{ font-weight: 650; }}
.ip-head {{ display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem 1rem; }}
.ip-head h1 {{ font-size: 1.4rem; font-weight: 650; margin: 0; padding: 0; line-height: 1.2; }}
.ip-head span {{ color: var(--ip-quiet); }}
.ip-figures {{ display: flex; flex-wrap: wrap; border: 1px solid var(--ip-line); border-radius: 4px;
  overflow: hidden; }}
.ip-figures div {{ flex: 1 1 auto; min-width: 6rem; padding: .3rem .6rem .35rem; box-shadow: -1px 0 var(--ip-thin); }}
.ip-figures small {{ display: block; color: var(--ip-quiet); font-size: .8rem; white-space: nowrap; }}
.ip-figures b {{ font-size: 1.2rem; font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.ip-figures i {{ font-style: normal; font-size: .8rem; color: var(--ip-quiet); margin-left: .25rem;
  white-space: nowrap; }}
.ip-rows {{ border-collapse: collapse; width: 100%; max-width: 60rem; font-size: .93rem; }}
.ip-rows td {{ padding: .28rem .3rem .28rem 0; border-top: 1px solid var(--ip-thin); vertical-align: top; }}
.ip-rows tr:first-child td {{ border-top: 0; }}
.ip-rows td:last-child {{ text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums;
  padding-right: 0; }}
.ip-rows td small {{ display: block; color: var(--ip-quiet); font-size: .8rem; line-height: 1.3; white-space: normal; }}
.ip-rows tr.ip-key td {{ font-weight: 650; }}
.ip-rows tr.ip-key td small {{ font-weight: 400; }}
.ip-grid {{ border-collapse: collapse; font-size: .93rem; min-width: 60%; }}
.ip-grid th, .ip-grid td {{ padding: .28rem .9rem .28rem 0; border-top: 1px solid var(--ip-thin); text-align: right;
  font-variant-numeric: tabular-nums; vertical-align: top; }}
.ip-grid th {{ border-top: 0; color: var(--ip-quiet); font-weight: 600; }}
.ip-grid th:first-child, .ip-grid td:first-child, .ip-texts th, .ip-texts td {{ text-align: left; }}
.ip-chain {{ font-size: .93rem; font-weight: 650; margin: 0; padding: 0; }}
.ip-paper {{ display: flex; max-width: 100%; height: 27rem; border: 1px solid var(--ip-line); border-radius: 2px;
  padding: 1.2rem; gap: 1.2rem; box-sizing: border-box; }}
.ip-paper > div {{ flex: 3; display: flex; flex-direction: column; justify-content: center; align-items: center;
  text-align: center; gap: .35rem; padding: 1rem; border: 1px dashed var(--ip-line); color: var(--ip-quiet); }}
.ip-paper h4 {{ font-size: 1.25rem; font-weight: 650; margin: 0; padding: 0; }}
.ip-paper p {{ margin: 0; max-width: 26rem; }}
.st-key-sheet_picture img {{ border: 1px solid var(--ip-line); box-sizing: border-box; }}
.ip-paper > i {{ flex: 1; background: repeating-linear-gradient(var(--ip-thin) 0 .5rem, transparent .5rem 1.3rem);
  background-size: 100% 70%; background-repeat: no-repeat; }}
.ip-key-line span {{ margin-right: 1.2rem; font-size: .9rem; }}
.ip-key-line i {{ display: inline-block; width: 1.8rem; border-top: 6px solid; vertical-align: middle;
  margin-right: .4rem; }}
.ip-key-line i.ip-ring {{ width: .7rem; height: .7rem; border-width: 3px; border-radius: 50%; }}
.ip-swatch {{ display: inline-block; width: 1.5rem; height: 0; border-top: 3px solid; vertical-align: middle;
  margin-right: .45rem; }}
[data-testid="stHtml"] .ip-legend {{ max-width: none; font-size: .9rem; padding: 0; background: none; color: inherit; }}
[data-testid="stHtml"] .ip-legend summary {{ display: none; }}
[data-testid="stHtml"] .ip-legend ul {{ columns: 4 15rem; }}
[data-testid="stHtml"] .ip-legend li {{ break-inside: avoid; }}
</style>"""
BORDER_OF = {"co2": "solid", "h2": "dashed", "heat": "dotted", "electricity": "dashed"}
# label, value, remark, whether it is the main row
Row = tuple[str, str, str, bool]
# label, value, unit
Figure = tuple[str, str, str]


def scale() -> float:
    """Return how many times larger than usual everything is written."""
    return TYPE_PX[large_type()] / TYPE_PX[False]


def dress() -> None:
    """Put the style on the page, in the size that was asked for; the browser decides on light or dark."""
    colours = " ".join(f"--ip-{name}: light-dark({LIGHT[name]}, {DARK[name]});" for name in LIGHT)
    st.html(STYLE.format(colours=colours, type_px=TYPE_PX[large_type()]))


def follow_theme(colour: str) -> str:
    """Return a colour of the maps for the page, with the colour that the browser takes where the page is dark.

    >>> follow_theme("#000000"), follow_theme("#1E88E5")
    ('light-dark(#000000, #FFFFFF)', '#1E88E5')
    """
    return f"light-dark({colour}, {ON_DARK[colour]})" if colour in ON_DARK else colour


def show_banner(study: Study) -> None:
    """Say on every page what the maps are not for, and how old their data is."""
    notice = captions.notice(study, language=language())
    vintage = captions.localised(study.settings, "vintage", language())
    st.html(f'<div class="ip-banner">{html.escape(notice)} <b>{say("Vintage")}:</b> {html.escape(vintage)}.</div>')


def show_heading(title: str, subtitle: str) -> None:
    """Show the title of a page and what it is about, on one line where they fit."""
    st.html(f'<div class="ip-head"><h1>{html.escape(title)}</h1><span>{html.escape(subtitle)}</span></div>')


def show_figures(figures: Iterable[Figure]) -> None:
    """Show a strip of key figures."""
    cells = "".join(
        f"<div><small>{html.escape(label)}</small><b>{html.escape(value)}</b><i>{html.escape(unit)}</i></div>"
        for label, value, unit in figures
    )
    st.html(f'<div class="ip-figures">{cells}</div>')


def show_rows(rows: Iterable[Row]) -> None:
    """Show a quiet table of labels and values."""
    lines = "".join(
        f"<tr{' class=ip-key' if key else ''}><td>{label}{f'<small>{remark}</small>' if remark else ''}</td>"
        f"<td>{value}</td></tr>"
        for label, value, remark, key in rows
    )
    st.html(f'<table class="ip-rows">{lines}</table>')


def show_grid(heads: Sequence[str], rows: Iterable[Sequence[str]], *, texts: bool = False) -> None:
    """Show a quiet table: the first column and ``texts`` on the left, figures on the right; safe for HTML."""
    head = "".join(f"<th>{html.escape(one)}</th>" for one in heads)
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in rows)
    kind = "ip-grid ip-texts" if texts else "ip-grid"
    st.html(f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>')


def show_paper(aspect: float, title: str, lines: Iterable[str]) -> None:
    """Show an empty page of an aspect (width over height), with a frame for the map and bars for the tables."""
    texts = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    st.html(
        f'<div class="ip-paper" style="aspect-ratio: {aspect:.3f}">'
        f"<div><h4>{html.escape(title)}</h4>{texts}</div><i></i></div>"
    )


def show_change_key() -> None:
    """Show what the colours of a difference mean."""
    marks = "".join(
        f'<span><i style="border-top-color:{follow_theme(look.colour)};'
        f'border-top-style:{"dashed" if look.dash_px else "solid"}"></i>'
        f"{html.escape(say(look.label))}</span>"
        for look in CHANGE_STYLE.values()
    )
    rings = "".join(
        f'<span><i class="ip-ring" style="border-color:{follow_theme(look.colour)};'
        f'border-style:{"dashed" if look.dash_px else "solid"}"></i>{html.escape(say(look.label))}</span>'
        for look in RING_STYLE.values()
    )
    st.html(f'<div class="ip-key-line">{marks}{rings}</div>')


def row(label: str, value: str, remark: str = "", *, key: bool = False) -> Row:
    """Return a row of plain texts, each made safe for HTML."""
    return html.escape(label), html.escape(value), html.escape(remark), key


def carrier_row(carrier: str, label: str, value: str, remark: str = "") -> Row:
    """Return a row that starts with the carrier's line."""
    swatch = (
        f'<span class="ip-swatch" style="border-top-color:{follow_theme(CARRIER_STYLE[carrier].colour)};'
        f'border-top-style:{BORDER_OF[carrier]}"></span>'
    )
    return swatch + html.escape(label), html.escape(value), html.escape(remark), False
