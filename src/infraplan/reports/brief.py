"""The brief: one page in Markdown for a policy officer, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from infraplan.core import CARRIER_STYLE, EUR_PER_MEUR, M_PER_KM, NO_VALUE, format_number, records, translate
from infraplan.engineering import costs, hydraulics
from infraplan.plan import Plan
from infraplan.reports.plan_layers import Frames

_TOP_CORRIDORS = 6
_TOP_STATIONS = 5
_LINKS = {
    "capture": "capture at the site",
    "compression": "compression and drying",
    "pipes": "pipes, right of way, crossings",
    "boosters": "booster stations",
    "pumps": "pumps",
    "heat_lost": "heat lost on the way",
    "exchangers": "heat exchanger stations",
    "hubs": "hub and what lies behind it",
}
_SHIPPED = {
    "liquefaction": "liquefaction",
    "terminal": "terminal",
    "shipping": "shipping",
    "storage": "storage",
}
_UNITS = {"kt_per_a": "kt/a", "gwh_per_a": "GWh/a", "eur_per_t": "EUR/t", "eur_per_mwh": "EUR/MWh"}
# files of assumptions whose sources this page cites
_COST_FILES = ("costs.csv", "chain.csv", "fluids.csv", "pipes.csv")
_OWN = "own-estimate"


class _Voice:
    """Words and numbers in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, text: str, **values: object) -> str:
        return translate(text, self.language, **values)

    def number(self, value: float | None, digits: int = 0) -> str:
        return format_number(value, self.language, digits)

    def carrier(self, carrier: str) -> str:
        return self.say(CARRIER_STYLE[carrier].label)

    def carriers(self, carriers: Iterable[str]) -> str:
        """Return carriers as a list inside a sentence: CO2, hydrogen."""
        words = (self.carrier(carrier) for carrier in carriers)
        return ", ".join(word if word.isupper() else word.lower() for word in words)


def compose(plan: Plan, layers: Frames, *, title: str, subtitle: str, notice: str, language: str = "en") -> str:
    """Return the brief of a plan: question, outcome, corridors, stations, chain costs, caveats, sources.

    The same plan gives the same text.
    """
    voice = _Voice(language)
    parts: list[str] = [f"# {title}", "", f"*{subtitle}. {notice}*", ""]
    for heading, lines in (
        ("What was asked", _scenario_lines(plan, voice)),
        ("What comes out", _outcome(plan, voice)),
        ("Corridors with the largest reduction", _corridors(layers, voice)),
        ("Booster and pump stations", _stations(plan, layers, voice)),
        ("What the chain costs", _chain(plan, voice)),
        ("What to keep in mind", _caveats(plan, voice)),
    ):
        parts += [f"## {voice.say(heading)}", "", *lines, ""]
    parts += [f"{voice.say('Sources of costs and hydraulics')}: {_sources(plan)}."]
    return "\n".join(parts) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> list[str]:
    """Return a Markdown table: the first ``words`` columns hold words, the others numbers."""
    rule = ["---"] * words + ["---:"] * (len(header) - words)
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)]


def _scenario_lines(plan: Plan, voice: _Voice) -> list[str]:
    scenario = plan.scenario
    changed = sum(row.changed for row in plan.assumptions.rows.values())
    return [
        voice.say(
            "Shared networks for {carriers} in {year}, at a CO2 value of {value} EUR/t; a site joins only where that "
            "pays. CO2 pipes are priced by the model {model}; {changed} assumptions were changed.",
            carriers=voice.carriers(scenario.carriers),
            year=scenario.year,
            value=voice.number(scenario.co2_value()),
            model=scenario.co2_cost_model,
            changed=changed,
        )
    ]


def _outcome(plan: Plan, voice: _Voice) -> list[str]:
    avoided = float(plan.ranking["co2_avoided_assigned_kt_per_a"].sum()) if len(plan.ranking) else 0.0
    first = voice.say("Together they avoid {kt} kt CO2 a year.", kt=voice.number(avoided))
    header = [
        "",
        voice.say("joined"),
        voice.say("left out"),
        voice.say("amount"),
        "km",
        voice.say("investment, MEUR"),
        voice.say("pipes, MEUR/a"),
    ]
    rows = []
    for carrier, network in plan.networks.items():
        segments = network.segments
        unit = _UNITS[network.unit]
        rows.append(
            [
                voice.carrier(carrier),
                voice.number(network.joins["place_id"].nunique()),
                voice.number(network.left_out["place_id"].nunique()),
                f"{voice.number(float(network.joins['amount'].sum()))} {unit}",
                voice.number(float(segments["length_m"].sum()) / M_PER_KM),
                voice.number(float(segments["capex_eur"].sum()) / EUR_PER_MEUR),
                voice.number(float(segments["annual_eur"].sum()) / EUR_PER_MEUR, 1),
            ]
        )
    return [first, "", *_table(header, rows)]


def _corridors(layers: Frames, voice: _Voice) -> list[str]:
    header = ["#", voice.say("corridor"), voice.say("carriers"), "km", "kt CO2/a", "MEUR", "EUR/t"]
    rows = [
        [
            str(row.rank),
            row.name,
            voice.carriers(row.carriers.split(",")),
            voice.number(row.length_km),
            voice.number(row.co2_avoided_kt_per_a),
            voice.number(row.capex_meur),
            voice.number(row.cost_eur_per_t, 1),
        ]
        for row in records(layers.corridors.head(_TOP_CORRIDORS).drop(columns="geometry"))
    ]
    return _table(header, rows, words=3) if rows else [voice.say("No corridor pays in this scenario.")]


def _stations(plan: Plan, layers: Frames, voice: _Voice) -> list[str]:
    table = layers.boosters.drop(columns="geometry")
    if not len(table):
        return [voice.say("The pressures hold without a station on the way.")]
    sentences = []
    for carrier in plan.networks:
        mine = table[table["carrier"] == carrier]
        sentences.append(
            voice.say(
                "{carrier} {count} ({mw} MW, {meur} MEUR a year)",
                carrier=voice.carrier(carrier),
                count=len(mine),
                mw=voice.number(float(mine["power_mw"].sum()), 1),
                meur=voice.number(float(mine["cost_meur_per_a"].sum()), 1),
            )
        )
    name_of = dict(zip(layers.corridors["corridor_id"], layers.corridors["name"], strict=True))
    header = [voice.say("largest"), voice.say("corridor"), "lon", "lat", "bar", "MW", "MEUR"]
    largest = table.sort_values(["power_mw", "booster_id"], ascending=[False, True]).head(_TOP_STATIONS)
    rows = [
        [
            voice.carrier(row.carrier),
            name_of.get(row.corridor_id, row.corridor_id),
            f"{row.lon:.3f}",
            f"{row.lat:.3f}",
            f"{row.suction_bar:.0f} → {row.discharge_bar:.0f}",
            voice.number(row.power_mw, 2),
            voice.number(row.capex_meur, 1),
        ]
        for row in records(largest)
    ]
    listed = voice.say("Stations on the way: {listed}.", listed="; ".join(sentences))
    return [listed, "", *_table(header, rows, words=2)]


def _chain(plan: Plan, voice: _Voice) -> list[str]:
    """Return a table with a column per carrier and a row per link, then the spread of the cost models."""
    chain = plan.chain
    carriers = [carrier for carrier in plan.networks if (chain["carrier"] == carrier).any()]
    if not carriers:
        return [voice.say("No corridor pays in this scenario.")]
    cost = {(row.carrier, row.link): row.eur_per_unit for row in records(chain)}
    units = dict(zip(chain["carrier"], chain["unit"], strict=True))
    header = ["", *(f"{voice.carrier(carrier)}, {_UNITS[units[carrier]]}" for carrier in carriers)]
    rows = [
        [voice.say(words), *(voice.number(cost.get((carrier, link)), 1) for carrier in carriers)]
        for link, words in _LINKS.items()
        if any((carrier, link) in cost for carrier in carriers)
    ]
    sums = [sum(eur for (c, _), eur in cost.items() if c == carrier) for carrier in carriers]
    rows.append([f"**{voice.say('whole chain')}**", *(f"**{voice.number(total, 1)}**" for total in sums)])
    return [*_table(header, rows), *_spread(plan, voice)]


def _spread(plan: Plan, voice: _Voice) -> Iterator[str]:
    """Yield the range of the cost models of CO2 pipes, and the parts of the cost of a shipping hub."""
    models = plan.cost_models
    if not len(models) or not float(models["capex_eur"].sum()):
        return
    listed = "; ".join(
        f"{row.model} {voice.number(row.capex_eur / EUR_PER_MEUR)} ({voice.number(row.eur_per_t, 1)} EUR/t)"
        for row in records(models.sort_values(["capex_eur", "model"]))
    )
    lowest, highest = float(models["capex_eur"].min()), float(models["capex_eur"].max())
    yield ""
    yield voice.say(
        "The same CO2 pipes by other cost models, in MEUR: {listed}. The dearest is {factor} times the cheapest; all "
        "hold the regional factor {regional} for built-up country.",
        listed=listed,
        factor=voice.number(highest / lowest, 1),
        regional=voice.number(plan.assumptions.value("co2_pipeline", "capex_factor", "1"), 1),
    )
    links = costs.shipped_chain_eur_per_t(plan.assumptions)
    yield ""
    yield voice.say(
        "A hub that ships is for comparison made of {links}: together {total} EUR/t.",
        links=", ".join(f"{voice.say(_SHIPPED[link])} {voice.number(eur)}" for link, eur in links.items()),
        total=voice.number(sum(links.values())),
    )


def _caveats(plan: Plan, voice: _Voice) -> list[str]:
    sentences = [remark.sentence(voice.language) for remark in plan.operation.remarks]
    year = costs.money_year(plan.assumptions)
    sentences.append(
        voice.say(
            "Screening figures in euro of {year}. Heights are not known, so pressures hold for flat ground.", year=year
        )
    )
    sentences.append(
        voice.say(
            "Networks are chosen with an allowance per metre for boosting; the chain counts the stations placed "
            "instead, never both."
        )
    )
    if "co2" in plan.networks:
        regional = plan.assumptions.row("co2_pipeline", "capex_factor")
        sentences.append(
            voice.say(
                "The regional factor of CO2 pipes is an own estimate of {value}; anything from {low} to {high} can be "
                "defended, and investment moves with it.",
                value=voice.number(regional.value, 1),
                low=voice.number(regional.low, 1),
                high=voice.number(regional.high, 1),
            )
        )
        highest_gas, lowest_dense = hydraulics.two_phase_window_bar(
            plan.assumptions.value("co2_pipeline", "temperature", "degc"), plan.assumptions
        )
        sentences.append(
            voice.say(
                "CO2 stays out of the two-phase window of {low} to {high} bar.",
                low=voice.number(highest_gas),
                high=voice.number(lowest_dense),
            )
        )
    possible = plan.reuse[plan.reuse["possible"].astype(bool)]
    if len(possible):
        # a corridor may follow several lines: only the best one counts
        saved = possible.groupby("corridor_id")["saved_eur"].max()
        sentences.append(
            voice.say(
                "{count} corridors follow a gas line that hydrogen could take over; if its operator can spare it, that "
                "saves up to {meur} MEUR. Dense CO2 cannot use it.",
                count=len(saved),
                meur=voice.number(float(saved.sum()) / EUR_PER_MEUR),
            )
        )
    return [f"- {line}" for line in sentences]


def _sources(plan: Plan) -> str:
    """Return the sources of costs and hydraulics, by author and year."""
    cited = {row.source for row in plan.assumptions.rows.values() if row.file in _COST_FILES} - {_OWN}
    known = plan.study.sources[plan.study.sources["source"].isin(cited)]
    names = {
        f"{str(row['author']).split(';')[0].split('(')[0].strip() or row['title']} ({_year(row['year'])})"
        for row in known.to_dict("records")
    }
    return "; ".join(sorted(names)) or NO_VALUE


def _year(value: object) -> str:
    text = str(value)
    return text.split(".")[0] if text and text != "nan" else NO_VALUE
