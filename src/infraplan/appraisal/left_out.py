"""Places left out: who is not joined, why, and from which CO2 value joining would pay."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from infraplan.core import Network, records
from infraplan.demand import (
    CLIENT_ROLE,
    abatement,
)


def explain_left_out(networks: Mapping[str, Network], credit: pd.DataFrame) -> pd.DataFrame:
    """List the places not joined by carrier, with the CO2 value at which joining would pay.

    Parameters
    ----------
    networks
        Network of each carrier, with its table ``left_out``.
    credit
        Amount and worth of each place, by carrier and role.

    Returns
    -------
    DataFrame
        carrier, place_id, amount [kt/a or GWh/a], unit, reason, break_even_worth [EUR per t or MWh],
        break_even_co2_value_eur_per_t.
    """
    clients = credit[credit["role"] == credit["carrier"].map(CLIENT_ROLE)]
    terms = clients.assign(
        fixed=clients["worth_fixed_eur_per_unit"] * clients["amount"],
        per_co2=clients["worth_per_co2_value"] * clients["amount"],
    )
    keys = ["carrier", "place_id"]
    terms = terms.groupby(keys, as_index=False).agg(
        need=("amount", "sum"), fixed=("fixed", "sum"), per_co2=("per_co2", "sum")
    )
    out = [network.left_out.assign(carrier=c, unit=network.unit) for c, network in networks.items()]
    table = pd.concat(out, ignore_index=True).merge(terms, on=keys)
    table["break_even_co2_value_eur_per_t"] = [
        abatement.break_even_co2_value(
            {
                "worth_fixed_eur_per_unit": row.fixed / row.need,
                "worth_per_co2_value": row.per_co2 / row.need,
            },
            row.break_even_worth,
        )
        for row in records(table)
    ]
    columns = [
        "carrier", "place_id", "amount", "unit", "reason", "break_even_worth", "break_even_co2_value_eur_per_t",
    ]  # fmt: skip
    return pd.DataFrame(table[columns])
