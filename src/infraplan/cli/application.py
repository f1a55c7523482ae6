"""The Typer application where the commands register."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Find shared CO2, hydrogen and heat pipeline corridors for heavy industry.",
)
