"""Widgets that show a choice and hand back what the visitor makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from infraplan.ui import history
from infraplan.ui.session import language

KEPT = "choices"


def bind(key: str, value: object, take: Callable[[Any], None]) -> dict[str, Any]:
    """Options of a widget that shows a part of the question and hands back what the visitor makes of it."""
    st.session_state[key] = value
    return {"key": key, "on_change": _take, "args": (key, take)}


def _take(key: str, take: Callable[[Any], None]) -> None:
    history.attempt(lambda: take(st.session_state[key]))


def labelled(key: str) -> str:
    """Key of a box whose choices are named in the visitor's language.

    The browser hands such a choice back by its label. One on its way while the language changes would be no choice of
    the other language: each language has its own box.
    """
    return f"{key}-{language()}"


def choose(title: str, names: Mapping[str, str], key: str, *, first: object = None) -> str:
    """One of some named things, kept while the visitor is elsewhere or changes language.

    ``first`` is shown until another is chosen, and again as soon as ``first`` is another.
    """
    own, kept = labelled(key), st.session_state.setdefault(KEPT, {})
    begun, last = kept.get(key, (first, first))
    if begun != first or st.session_state.get(own) not in names:
        wanted = last if begun == first else first
        st.session_state[own] = wanted if wanted in names else next(iter(names))
    chosen = str(st.selectbox(title, list(names), format_func=names.__getitem__, key=own))
    kept[key] = (first, chosen)
    return chosen


def chosen(key: str) -> str:
    """What the box shows."""
    return str(st.session_state[labelled(key)])
