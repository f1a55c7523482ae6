"""The app's screens, in Streamlit. Screens ask, show and hand over; they hold no arithmetic.

``session`` knows what one visitor has open, ``history`` his question and how it came about, ``follow`` makes the plan
follow it; ``question`` is the sidebar and ``mapview`` the map. The pages are ``needs``, ``corridors``, ``whatif``,
``sheets`` and ``data``.
"""
