"""Boxes that show a choice and hand back what the visitor makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from infraplan.ui import history
from infraplan.ui.session import language
from infraplan.ui.state import current


def bind(key: str, value: object, take: Callable[[Any], None]) -> dict[str, Any]:
    """Return the options of a box that shows a field of the scenario and hands back what the visitor makes of it."""
    st.session_state[key] = value
    return {"key": key, "on_change": _take, "args": (key, take)}


def _take(key: str, take: Callable[[Any], None]) -> None:
    history.attempt(lambda: take(st.session_state[key]))


def labelled(key: str) -> str:
    """Return the key of a box whose choices are named in the visitor's language.

    The browser sends such a choice by its label. A label that arrives after the language has changed would be no
    choice in the other language, so each language has its own box.
    """
    return f"{key}-{language()}"


def choose(title: str, names: Mapping[str, str], key: str, *, first: object = None) -> str:
    """Let the visitor choose one of some named things; keep it when he changes page or language.

    The box shows ``first`` until another is chosen, and again as soon as ``first`` changes.
    """
    own, kept = labelled(key), current().choices
    begun, last = kept.get(key, (first, first))
    if begun != first or st.session_state.get(own) not in names:
        wanted = last if begun == first else first
        st.session_state[own] = wanted if wanted in names else next(iter(names))
    chosen = str(st.selectbox(title, list(names), format_func=names.__getitem__, key=own))
    kept[key] = (first, chosen)
    return chosen


def chosen(key: str) -> str:
    """Return what the box shows."""
    return str(st.session_state[labelled(key)])
