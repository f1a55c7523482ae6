"""The door of the app: page set-up and navigation. Start it with ``infraplan app``."""

from __future__ import annotations

import streamlit as st

from infraplan.ui import corridors, data, follow, look, needs, session, sheets, sidebar, whatif
from infraplan.ui.session import say

st.set_page_config(page_title="infraplan", layout="wide", initial_sidebar_state="expanded")
look.dress()
with session.mistakes_shown():
    study = session.look_up_study()
    sidebar.open_link(study)
    pages = [
        st.Page(needs.show, title=say("Needs"), url_path="needs", default=True),
        st.Page(corridors.show, title=say("Corridors"), url_path="corridors"),
        st.Page(whatif.show, title=say("What if"), url_path="what-if"),
        st.Page(sheets.show, title=say("Sheets and exports"), url_path="sheets"),
        st.Page(data.show, title=say("Data and sources"), url_path="data"),
    ]
    page = st.navigation(pages, position="top")
    sidebar.show(study)
    sidebar.keep_link(study)
    look.show_banner(study)
    session.show_last_mistake()
    with st.container(key="following"), session.mistakes_shown():
        if page.url_path in ("corridors", "what-if", "sheets"):
            follow.follow(study)
    with session.mistakes_shown():
        page.run()
