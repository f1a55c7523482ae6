"""The app's screens, in Streamlit. Screens ask and show; tables and figures come from ``reports``.

``state`` holds what one visitor has open, and ``keys`` names the boxes that Streamlit keeps. ``session`` hands out the
study, the scenario and the plan; ``history`` changes the scenario, ``follow`` makes the plan follow it. ``sidebar``
asks for scenario, year and carriers, and ``mapview`` shows the map. The pages are ``needs``, ``corridors``,
``whatif``, ``sheets`` and ``data``.
"""
