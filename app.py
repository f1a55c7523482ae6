"""The door of the app: page set-up and navigation. Start it with ``infraplan app``."""

from __future__ import annotations

import streamlit as st

from infraplan.ui import corridors, data, look, needs, question, session, sheets
from infraplan.ui.session import say

st.set_page_config(page_title="infraplan", layout="wide", initial_sidebar_state="expanded")
look.dress()
with session.mistakes_told():
    study = session.study()
    pages = [
        st.Page(corridors.show, title=say("Corridors"), url_path="corridors", default=True),
        st.Page(needs.show, title=say("Needs"), url_path="needs"),
        st.Page(sheets.show, title=say("Sheets and exports"), url_path="sheets"),
        st.Page(data.show, title=say("Data and sources"), url_path="data"),
    ]
    page = st.navigation(pages, position="top")
    with session.mistakes_told():
        session.collect_plan()
    question.ask(study)
    look.show_banner(study)
    page.run()
