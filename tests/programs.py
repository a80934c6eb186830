"""Programs of others that some tests need: where one is absent its tests are skipped, or fail if ``CI`` is ``true``."""

import os
import shutil

import pytest

OTHER_NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")}


def program(name: str) -> str:
    """Return where a program is; skip the test where it is not there, fail where ``CI`` is ``true``."""
    for each in OTHER_NAMES.get(name, (name,)):
        if path := shutil.which(each):
            return path
    reason = f"{name} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true: every test must run")
    pytest.skip(reason)
