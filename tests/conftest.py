import importlib
import os
import warnings
from types import ModuleType

import pytest
from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before anything imports NumPy

settings.register_profile("convviz", deadline=None, derandomize=True, database=None)
settings.load_profile("convviz")


def need(module: str) -> ModuleType:
    """Import what only some tests need; without it they are skipped, but under CI they fail.

    What a library warns of while it is imported is its own affair; a warning of a call still fails the test.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ModuleNotFoundError as problem:
        if problem.name != module.partition(".")[0]:
            raise  # it is there, and broken
    reason = f"{module} is not installed, and these tests compare against it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)
