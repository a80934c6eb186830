"""A real browser for tests of pages: Debian's Chromium, driven by Playwright; both are needed under CI."""

import contextlib
from collections.abc import Iterator
from typing import Any

from conftest import need
from programs import program

need("playwright.sync_api")


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser of the system, without a window."""
    from playwright.sync_api import sync_playwright

    path = program("chromium")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--js-flags=--expose-gc"]
        started = playwright.chromium.launch(executable_path=path, args=flags)
        yield started
        started.close()


def axe_script() -> str:
    """Return axe-core, as the package that drives it brings it along."""
    from importlib.resources import files

    return next(files(need("axe_playwright_python")).rglob("axe.min.js")).read_text(encoding="utf-8")
