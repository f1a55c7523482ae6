"""The site of the documentation: ``python -m sphinx -W --keep-going docs build/site``."""

project = "infraplan"
html_title = "infraplan"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_static_path: list[str] = []
# links to headings of other pages are checked as well
myst_heading_anchors = 3
napoleon_google_docstring = False
autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
nitpicky = False
# the site asks nothing of the network: no fonts, no scripts, no trackers
html_show_sphinx = False
html_copy_source = False
