"""The cards that open on a click: a few lines of escaped HTML with units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infraplan.core import CARRIER_STYLE, format_number, split_list, translate, translate_unit, translate_word
from infraplan.reports.maps.drawing import follow_theme
from infraplan.reports.maps.frames import escape, read_number

FLOW_COLUMNS = {
    "co2": ("co2_flow_kt_per_a", "kt_per_a"),
    "h2": ("h2_flow_gwh_per_a", "gwh_per_a"),
    "heat": ("heat_flow_gwh_per_a", "gwh_per_a"),
}
KEY_ROW = ' class="ip-key"'

Row = tuple[str, str, bool]


def name_carrier(carrier: str, language: str) -> str:
    """Return the carrier's word; an unknown carrier keeps its key."""
    return translate(CARRIER_STYLE[carrier].label, language) if carrier in CARRIER_STYLE else escape(carrier)


def write_quantity(value: object, unit: str, language: str, digits: int = 0) -> str:
    """Return a number with its unit, or a dash."""
    number = read_number(value)
    written = format_number(number, language, digits)
    return written if number is None else f"{written} {translate(unit, language)}"


def describe_corridor(row: Any, language: str) -> str:
    """Return the card of a corridor: users, CO2, cost and pipes."""
    rows: list[Row] = [
        _row("CO2 avoided", write_quantity(row.co2_avoided_kt_per_a, "kt/a", language), language, key=True),
        _row("CO2 avoided, gross", write_quantity(row.co2_avoided_gross_kt_per_a, "kt/a", language), language),
        _row("Pipe cost per tonne", write_quantity(row.cost_eur_per_t, "EUR/t", language), language),
        _row("Investment", write_quantity(row.capex_meur, "M EUR", language), language),
        _row("Yearly cost", write_quantity(row.cost_meur_per_a, "M EUR/a", language, 1), language),
        _row("Length", write_quantity(row.length_km, "km", language, 1), language),
        _row("Users", write_quantity(row.users, "sites", language), language),
    ]
    for carrier in split_list(row.carriers):
        if carrier not in FLOW_COLUMNS:
            continue
        column, unit = FLOW_COLUMNS[carrier]
        flow = write_quantity(getattr(row, column), translate_unit(unit), language)
        bore = read_number(getattr(row, f"diameter_{carrier}_mm"))
        pipe = f"{flow}, DN {format_number(bore, language)}" if bore is not None else flow
        rows.append((_swatch(carrier) + name_carrier(carrier, language), pipe, False))
    if shared := split_list(row.shared_with):
        rows.append(_row("Shares the strip with", escape(", ".join(shared)), language))
    first_year = read_number(row.first_year)
    if first_year is not None:
        # A year is a name, not an amount: no thousands separator.
        rows.append(_row("First year", f"{first_year:.0f}", language))
    return _card(f"{title_corridor(row)}", rows)


def title_corridor(row: Any) -> str:
    """Return rank and name, escaped."""
    rank = read_number(row.rank)
    return f"{rank:.0f}. {escape(row.name)}" if rank is not None else escape(row.name)


def describe_site(row: Any, language: str) -> str:
    """Return the card of a site."""
    rows = [
        _row("Sector", escape(row.sector), language),
        _row("Cluster", escape(row.cluster), language),
        _row("CO2", write_quantity(row.co2_kt_per_a, "kt/a", language), language, key=True),
    ]
    for label, carriers in (("Connected for", row.connected), ("Left out for", row.left_out)):
        if names := [name_carrier(carrier, language) for carrier in split_list(carriers)]:
            rows.append(_row(label, ", ".join(names), language))
    return _card(escape(row.name), rows)


def describe_hub(row: Any, language: str) -> str:
    """Return the card of a hub."""
    unit = translate_unit(str(row.flow_unit))
    return _card(
        escape(row.name),
        [
            _row("Carrier", name_carrier(str(row.carrier), language), language),
            _row(
                "Role",
                escape(translate_word(str(row.role), language, "hub role")),
                language,
            ),
            _row("Flow", write_quantity(row.flow, unit, language), language, key=True),
            _row("Capacity", write_quantity(row.capacity, unit, language), language),
        ],
    )


def describe_station(row: Any, language: str) -> str:
    """Return the card of a booster or pump station."""
    rows = [
        _row("Carrier", name_carrier(str(row.carrier), language), language),
        _row("Power", write_quantity(row.power_mw, "MW", language, 1), language, key=True),
        _row("Pressure before", write_quantity(row.suction_bar, "bar", language), language),
        _row("Pressure after", write_quantity(row.discharge_bar, "bar", language), language),
        _row("Investment", write_quantity(row.capex_meur, "M EUR", language, 1), language),
    ]
    return _card(f"{translate('Booster station', language)} {escape(row.booster_id)}", rows)


def _row(label: str, value: str, language: str, *, key: bool = False) -> Row:
    return translate(label, language), value, key


def _swatch(carrier: str) -> str:
    return f'<span style="color:{follow_theme(CARRIER_STYLE[carrier].colour)}">&#9632;</span> '


def _card(title: str, rows: Iterable[Row]) -> str:
    lines = "".join(f"<tr{KEY_ROW if key else ''}><td>{label}</td><td>{value}</td></tr>" for label, value, key in rows)
    return f'<div class="ip-card"><h3>{title}</h3><table>{lines}</table></div>'
