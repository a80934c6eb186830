"""The lines that a page gives to copy, run as they stand: they make what the page shows, edited cells and all."""

import inspect
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import good
from conftest import need
from test_page import TRACES, Opened, browser, integers, open_page, outputs_of, usual, written

import convviz
from convviz.record import record
from convviz.spelled import code, command
from convviz.trace import Trace

torch = need("torch")
torch.set_num_threads(1)
os.environ["KERAS_BACKEND"] = "torch"  # read when it is imported
keras = need("keras")

__all__ = ["browser", "open_page", "usual"]  # fixtures

MORE = {
    "filters of groups, turned round": convviz.conv_transpose2d(
        integers(4, 2, 3), integers(4, 3, 2, 2), [1, 2, 3, 4, 5, 6], stride=2, groups=2
    ),
    "one row": convviz.conv1d(integers(8) / 4, [0.5, 0.25]),
    "a hundred and more": convviz.max_pool2d(integers(12, 12), 3),
    "as mathematics has it": convviz.conv2d(integers(2, 4, 4), integers(3, 2, 2, 2), flip=True),
}
PLAYED = {name: trace for name, trace in {**TRACES, **MORE}.items() if trace.kind not in convviz.activations.NAMES}
EDITED = {
    name: trace
    for name, trace in PLAYED.items()
    if trace.kind not in ("adaptive_avg_pool", "adaptive_max_pool", "lp_pool", "max_unpool")
    and name not in ("not finite", "huge")  # which is a picture: its cells are too small for such numbers
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def typed(text: str) -> Any:
    """Type lines in a terminal, and return what the last of them makes, as JSON."""
    *files, line = text.split("\n")
    for each in files:
        program, *rest = shlex.split(each)
        assert program == "python"
        subprocess.run([sys.executable, *rest], check=True)
    words = shlex.split(line.removeprefix("convviz ").removesuffix(" -o out.html"))
    return json.loads(good(*words, "--json").out)


def ran(lines: str) -> Any:
    """Run lines of Python, and return what they call output, channels first."""
    names: dict[str, Any] = {}
    exec(compile(lines.replace("print(output)", ""), "<code>", "exec"), names)
    output = names["output"]
    output = output.detach().numpy() if hasattr(output, "detach") else output
    if "keras" in names:
        keras.config.set_floatx("float32")
        return np.moveaxis(output, -1, 1)
    return output


def changed(trace: Trace, grid: str, place: tuple[int, ...], value: float) -> Trace:
    """A trace with another value at one place of its input or its weight."""
    given = {"input": trace.input, "weight": trace.weight}
    array = given[grid]
    assert array is not None
    array = array.astype(float) if array.dtype.kind == "i" and value != int(value) else array.copy()
    array[place] = value
    given[grid] = array
    arrays = [each for each in (given["input"], given["weight"], trace.bias) if each is not None]
    operation = getattr(convviz, trace.operation)
    names = inspect.signature(operation).parameters.keys() - {"like"}
    settings = {name: each for name, each in trace.settings.items() if name in names}
    if trace.padding_mode != "constant":
        settings.pop("padding_value", None)
    made: Trace = operation(*arrays, **settings)
    return made


@pytest.mark.parametrize("name", PLAYED)
def test_a_command_needs_no_file_that_it_does_not_make(name: str) -> None:
    trace = PLAYED[name]
    lines = dict(code(trace))
    if "command" in lines:
        assert typed(lines["command"])["output"] == record(trace)["output"]
    if "trace.json" in lines["Python"]:
        trace.save("trace.json")
    assert np.array_equal(ran(lines["Python"]), trace.output, equal_nan=True)


def test_of_a_large_array_it_is_said_what_its_file_holds() -> None:
    comment, line = command(convviz.max_pool2d(np.random.default_rng(1).normal(size=(60, 60)), 2)).split("\n")
    assert comment == "# input.npy has to be there: its 60×60 numbers, as numpy.save writes them"
    assert line == "convviz pool max --input input.npy --pool-size 2 -o out.html"


def lines(page: Opened) -> dict[str, str]:
    """What can be copied, by what it is for."""
    found = {}
    for name in ("command", "Python", "Keras", "PyTorch"):
        if page.page.locator(f".cv-chip:text-is('{name}')").count():
            page.chip(name).click()
            found[name] = page.page.locator(".cv-code").evaluate("(code) => code.textContent")
    return found


@pytest.mark.parametrize("name", EDITED)
def test_the_lines_hold_what_was_edited(name: str, open_page: Any) -> None:
    trace = EDITED[name]
    page = open_page(trace)
    trace.save("trace.json")  # as lines say, where an array is large
    before = lines(page)
    cells = page.page.locator('[data-grid="input"] .cv-cell')
    kinds = cells.evaluate_all("(all) => all.map((cell) => cell.dataset.kind)")
    number = next(n for n, kind in enumerate(kinds) if kind in "iu")
    cells.nth(number).dblclick()
    page.page.locator(".cv-edit").fill("2.5")
    page.press("Enter")
    new = changed(trace, "input", (0,) * trace.input.ndim, 2.5)
    if trace.kernel is not None and trace.weight is not None:
        page.page.locator('[data-grid="kernel"] .cv-cell').first.dblclick()
        page.page.locator(".cv-edit").fill("-3")
        page.press("Enter")
        new = changed(new, "weight", (0,) * trace.weight.ndim, -3 / trace.kernel.divisor)
    after = lines(page)
    assert after.keys() == before.keys()
    if page.page.locator('[data-grid="output"] .cv-cell').count() == trace.output.size:
        assert outputs_of(page) == written(new)
    for language, text in after.items():
        assert text != before[language]
        if language == "command":
            found = np.array(typed(text)["output"], dtype=float).reshape(-1)
            wanted = new.planes_out[0].reshape(-1)  # of a batch, the sample that the page shows
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12, err_msg=text)
        else:
            output = ran(text)
            np.testing.assert_allclose(output.reshape(-1), new.output.reshape(-1), rtol=1e-12, atol=1e-12, err_msg=text)
    page.chip("Undo edits").click()
    assert lines(page) == before
