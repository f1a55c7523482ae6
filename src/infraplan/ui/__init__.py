"""The app's screens, in Streamlit. Screens ask, show and hand over; they hold no arithmetic.

``session`` knows what one visitor has open, ``question`` asks for the scenario, ``job`` makes the plan in the
background; ``corridors``, ``needs`` and ``data`` are the three pages.
"""
