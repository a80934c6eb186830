"""The settings of Sphinx: ``sphinx-build -W docs build/docs`` makes the pages, and needs no network."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]  # the convviz beside these pages, and what they add to Sphinx

import convviz  # noqa: E402

project = "convviz"
author = "The convviz authors"
copyright = author
version = release = convviz.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "convviz_docs"]
exclude_patterns = ["_ext", "_static"]
myst_enable_extensions = ["colon_fence", "attrs_inline", "deflist"]
myst_heading_anchors = 3
smartquotes = False  # -- is part of an option
default_role = "py:obj"
nitpicky = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring = True

html_theme = "furo"
html_title = "convviz"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_show_sphinx = True
html_copy_source = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#8A3B00",
        "color-brand-content": "#8A3B00",
        "font-stack": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Verdana, sans-serif",
    },
    "dark_css_variables": {"color-brand-primary": "#F0A35E", "color-brand-content": "#F0A35E"},
}
