"""The page in a real browser: its numbers, its links, its controls, and that it asks nothing of anybody."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import axe_script, chromium
from commands import good, run

import convviz
from convviz import SettingError, Trace, words
from convviz.inputs import example
from convviz.theme import THEMES
from convviz.views.page import payload
from convviz.write.html import document, source

GENERATOR = np.random.default_rng(7)


def integers(*shape: int, low: int = -9, high: int = 10) -> Any:
    return GENERATOR.integers(low, high, shape)


def a_photo(size: int) -> Any:
    rows, columns = np.indices((size, size))
    return (rows * 3 + columns * 2) % 256


TRACES = {
    "the lesson": convviz.conv2d(np.arange(36).reshape(6, 6), convviz.kernel("mean")),
    "dilated": convviz.conv2d(example((6, 6)), convviz.kernel("sobel-x"), padding=1, dilation=2),
    "strided": convviz.conv2d(integers(7, 6), integers(3, 2), stride=(2, 1), padding=[(0, 1), (2, 0)]),
    "reflected": convviz.conv2d(integers(5, 5), integers(3, 3), padding=2, padding_mode="reflect"),
    "constant": convviz.conv2d(integers(4, 4), integers(3, 3), padding=1, padding_mode="constant", padding_value=7),
    "flipped": convviz.conv2d(integers(5, 4), integers(2, 3), [3], flip=True),
    "floats": convviz.conv2d(GENERATOR.normal(size=(5, 5)), GENERATOR.normal(size=(2, 2))),
    "tenths": convviz.conv2d(integers(4, 4) / 10, [[0.1, 0.2], [0.3, -0.1]], [0.25]),
    "float32": convviz.conv2d((integers(4, 4) / 8).astype(np.float32), np.float32([[0.5, 1], [2, 0.25]])),
    "not finite": convviz.conv2d([[1.0, np.nan, 2], [np.inf, 4, 5], [1, 2, 3]], [[1.0, 0], [0.5, 1]]),
    "huge": convviz.conv2d([[2**53 + 1, 2], [3, 4]], [[1, 1]]),
    "max": convviz.max_pool2d(example((6, 6)), 2),
    "max, ties, padding": convviz.max_pool2d(integers(5, 5, low=-3, high=-1), 3, stride=2, padding=1),
    "max, floats": convviz.max_pool2d(GENERATOR.normal(size=(4, 4)), 2, stride=1),
    "min": convviz.min_pool2d(integers(4, 6), 2),
    "mean": convviz.avg_pool2d(integers(6, 6), 2),
    "mean of what is real": convviz.avg_pool2d(
        integers(7, 7), 3, stride=2, padding=1, count_include_pad=False, ceil_mode=True
    ),
    "global": convviz.global_avg_pool2d(integers(3, 4)),
    "one axis": convviz.conv1d(integers(9), integers(3), padding="causal", dilation=2),
    "three axes": convviz.conv3d(integers(3, 4, 4), integers(2, 2, 2)),
    "pooled slices": convviz.max_pool3d(integers(4, 4, 4), 2),
    "channels": convviz.conv2d(integers(3, 5, 5), integers(2, 3, 2, 2), [1, -2], stride=2, padding=1),
    "float channels": convviz.conv2d(integers(2, 4, 4) / 4, integers(2, 2, 2, 2) / 3),
    "groups": convviz.conv2d(integers(4, 4, 4), integers(4, 2, 2, 2), groups=2),
    "depthwise": convviz.conv2d(integers(3, 4, 4), integers(2, 2)),
    "many filters": convviz.conv2d(integers(9, 3, 3), integers(8, 9, 2, 2)),
    "a batch": convviz.conv2d(integers(2, 1, 4, 4), integers(1, 1, 2, 2)),
    "pooled channels": convviz.avg_pool2d(integers(3, 4, 4), 2),
}

# Steps through a page by its keys and returns what stands on it at every step (or at every so many).
WALK = """async (every) => {
  const root = document.querySelector(".cv-root");
  const press = (key) => root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const labels = (where) => [...root.querySelectorAll(where)].map((cell) => cell.getAttribute("aria-label"));
  const steps = Number(root.querySelector(".cv-scrub").max);
  const seen = [];
  press("Home");
  for (let step = 0; step < steps; step += 1) {
    if (step % every === 0 || step === steps - 1) {
      const states = '[data-state="tap"], [data-state="zero"], [data-state="winner"], [data-state="tie"]';
      const from = root.querySelector('[data-grid="lens"]') ? "lens" : "input";
      const cells = [...root.querySelectorAll(`[data-grid="${from}"] .cv-cell`)].filter((cell) => cell.matches(states));
      seen.push({
        step,
        said: root.querySelector(".cv-sentence").textContent,
        where: root.querySelector(".cv-where").textContent,
        shown: cells.map((cell) => cell.textContent),
        cells: cells.map((cell) => cell.getAttribute("aria-label")),
        weights: cells.map((cell) => cell.dataset.weight ?? ""),
        winner: labels('[data-state="winner"]'),
        current: labels('[data-grid="output"] [data-state="current"]'),
        products: [...root.querySelectorAll('[data-grid="products"] .cv-cell')].map((cell) => cell.textContent),
      });
    }
    press("ArrowRight");
  }
  return seen;
}"""


class Opened:
    """A page that was opened, and what was heard of it."""

    def __init__(self, page: Any) -> None:
        self.page, self.heard, self.asked = page, [], []
        page.on("console", lambda message: self.heard.append(message.text))
        page.on("pageerror", lambda problem: self.heard.append(str(problem)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", lambda dialog: self.heard.append(dialog.message))

    def text(self, where: str) -> str:
        return str(self.page.locator(where).first.text_content())

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def step(self) -> int:
        return int(self.text(".cv-where").split(" / ")[0])

    @property
    def sentence(self) -> str:
        return self.text(".cv-sentence")

    def texts(self, where: str) -> list[str]:
        return list(self.page.locator(where).all_text_contents())

    def named(self, where: str) -> list[str]:
        """The accessible names of cells, in their order."""
        script = "(cells) => cells.map((cell) => cell.getAttribute('aria-label'))"
        return list(self.page.eval_on_selector_all(where, script))

    def chip(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def cell(self, name: str) -> Any:
        return self.page.locator(f'.cv-cell[aria-label="{name}"]').first

    def pressed(self, name: str) -> bool:
        return bool(self.chip(name).get_attribute("aria-pressed") == "true")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open the page of a trace; at the end, nothing may have been said on the console or asked of a network."""
    contexts, opened = [], []

    def open_(what: Trace | str, *, address: str = "", saved: dict[str, Any] | None = None, **options: Any) -> Opened:
        path = tmp_path / f"page{len(opened)}.html"
        if isinstance(what, str):
            path.write_text(what, encoding="utf-8")
        else:
            what.save(path, **(saved or {}))
        given = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", "offline": True, **options}
        context = browser.new_context(**given)
        context.set_default_timeout(5000)
        contexts.append(context)
        page = Opened(context.new_page())
        page.page.goto(path.as_uri() + address)
        page.page.wait_for_selector(".cv-cell, .cv-over")
        opened.append(page)
        return page

    yield open_
    problems = [
        (page.heard, [url for url in page.asked if not url.startswith(("file:", "data:", "blob:", "about:"))])
        for page in opened
    ]
    for context in contexts:
        context.close()
    assert all(problem == ([], []) for problem in problems), problems


# Numbers.


def said_by(trace: Trace, index: int) -> str:
    return str(trace[index].explain(None, by_channel=len(trace[index].channels) > 1))


def expected(trace: Trace, index: int) -> dict[str, Any]:
    """What a page must show of a step, worked out from the trace alone."""
    step = trace[index]
    formats = trace.formats
    cells, shown = [], []
    overhang = [axis.size + axis.high for axis in trace.window.axes]
    rank = len(trace.window.axes)
    for cell, inside, seen in zip(step.cells.tolist(), step.inside.tolist(), step.seen.tolist(), strict=True):
        if any(place >= end for place, end in zip(cell[-rank:], overhang, strict=True)):
            continue
        text = formats.input(seen)
        named = f"{words.place('input', cell)} = {text}" if inside else f"padding, {text}"
        cells.append(named)
        shown.append(text)
    return {"cells": cells, "shown": shown}


@pytest.mark.parametrize("name", TRACES)
def test_every_number_on_the_page_is_the_traces(open_page: Any, name: str) -> None:
    trace = TRACES[name]
    page = open_page(trace)
    steps = trace.planes_out[0].size
    seen = page.page.evaluate(WALK, 1)
    assert [each["step"] for each in seen] == list(range(steps))
    planes = trace.planes_in.shape[1] * (trace.window.size[0] if len(trace.window.axes) == 3 else 1)
    for each in seen:
        index = each["step"]
        assert each["said"] == said_by(trace, index)
        assert each["where"] == f"{index + 1} / {steps}"
        value = trace.formats.output(trace[index].value)
        assert each["current"] == [f"{words.place('output', trace[index].position)} = {value}"]
        want = expected(trace, index)
        if planes <= 6:  # of more, some are left out
            assert sorted(each["cells"]) == sorted(want["cells"])
            assert sorted(each["shown"]) == sorted(want["shown"])
        if trace.picks:
            winner = words.place("input", trace[index].cells[trace[index].ties[0]].tolist())
            assert [label.split(" = ")[0] for label in each["winner"]] == [winner]
        elif trace.kernel and trace.kernel.numerators.size > 1 and (trace.kernel.numerators != 1).any() and planes == 1:
            weights = [f"×{trace.formats.weight(weight)}" for weight in trace[index].numerators]
            assert sorted(each["weights"]) == sorted(weight if len(weight) <= 5 else "" for weight in weights)


def test_the_outputs_fill_in_and_keep_their_texts(open_page: Any) -> None:
    trace = TRACES["mean of what is real"]
    page = open_page(trace)
    page.press("End")
    texts = [trace.formats.output(value) for value in trace.output.ravel()]
    assert page.texts('[data-grid="output"] .cv-cell') == texts
    page.press("Home")
    assert page.texts('[data-grid="output"] .cv-cell') == [texts[0], *[""] * (len(trace) - 1)]
    page.press("ArrowRight", "ArrowRight", "ArrowLeft")
    assert page.texts('[data-grid="output"] .cv-cell') == [*texts[:2], *[""] * (len(trace) - 2)]


def test_the_kernel_stands_there_as_it_was_given(open_page: Any) -> None:
    trace = TRACES["flipped"]
    page = open_page(trace)
    assert page.texts('[data-grid="kernel"] .cv-cell') == [trace.formats.weight(w) for w in trace.weight.ravel()]
    assert "flipped before it slides" in page.text('[data-grid="kernel"] .cv-caption')


@pytest.mark.parametrize("channels", [1, 3])
def test_a_photo_is_a_picture_with_the_window_at_full_size(open_page: Any, channels: int) -> None:
    photo = np.stack([np.roll(a_photo(64), 9 * n, axis=1) for n in range(channels)])
    weight = np.stack([convviz.kernel("sobel-x") * (n + 1) for n in range(channels)])[None]
    trace = convviz.conv2d(photo, weight, padding=1)
    page = open_page(trace)
    assert page.page.locator('[data-grid="input"] canvas').count() == 2 * channels
    for each in page.page.evaluate(WALK, 511):
        step = trace[each["step"]]
        assert each["said"] == said_by(trace, each["step"])
        want = expected(trace, each["step"])
        assert each["cells"] == want["cells"]
        assert each["shown"] == want["shown"]
        if channels == 1:
            assert each["products"] == [str(product).replace("-", "−") for product in step.products.tolist()]


def test_the_colours_of_a_picture_are_those_of_its_values(open_page: Any) -> None:
    trace = convviz.conv2d(a_photo(64), convviz.kernel("sobel-x"), padding=1)
    page = open_page(trace)
    page.press("End")
    read = """(node) => {
      const copy = Object.assign(document.createElement("canvas"), { width: node.width, height: node.height });
      const pen = copy.getContext("2d", { willReadFrequently: true });
      pen.drawImage(node, 0, 0);
      return [...pen.getImageData(0, 0, node.width, node.height).data];
    }"""
    pixels = np.array(page.page.locator('[data-grid="output"] canvas').first.evaluate(read)).reshape(64, 64, 4)
    low, middle, high = (
        np.array([int(stop[at : at + 2], 16) for at in (1, 3, 5)]) for stop in THEMES["light"].ramps["diverging"]
    )
    reach = np.abs(trace.output).max()
    part = trace.output / reach
    want = np.where(
        part[..., None] < 0, middle + (low - middle) * -part[..., None], middle + (high - middle) * part[..., None]
    )
    assert np.abs(pixels[..., :3] - want).max() <= 1
    page.press("Home")
    pixels = np.array(page.page.locator('[data-grid="output"] canvas').first.evaluate(read)).reshape(64, 64, 4)
    assert (pixels[..., 3] > 0).sum() == 1


# Links.

POINT = """(grid) => {
  const root = document.querySelector(".cv-root");
  const cells = [...root.querySelectorAll(`[data-grid="${grid}"] .cv-cell`)];
  const named = (where) => [...root.querySelectorAll(where)].map((cell) => cell.getAttribute("aria-label"));
  return cells.filter((cell) => getComputedStyle(cell).visibility !== "hidden").map((cell) => {
    cell.dispatchEvent(new PointerEvent("pointermove", { pointerType: "mouse", bubbles: true }));
    const states = ["tap", "zero", "winner", "tie"].map((state) => `[data-grid="input"] [data-state="${state}"]`).join();
    const found = {
      cell: cell.getAttribute("aria-label"),
      outputs: named('[data-grid="output"] [data-link="to"]'),
      inputs: named('[data-grid="input"] [data-link="to"]'),
      taps: named(states),
      said: root.querySelector(".cv-link").textContent,
    };
    root.querySelector(".cv-figure").dispatchEvent(new PointerEvent("pointerleave"));
    return found;
  });
}"""


@pytest.mark.parametrize("name", ["dilated", "strided", "reflected", "max", "channels", "one axis", "three axes"])
def test_links_lead_both_ways(open_page: Any, name: str) -> None:
    trace = TRACES[name]
    page = open_page(trace)
    page.press("End")
    outputs = {
        index: f"{words.place('output', step.position)} = {trace.formats.output(step.value)}"
        for index, step in enumerate(trace)
    }
    for each in page.page.evaluate(POINT, "input"):
        place = each["cell"].split(" = ")[0]
        if not place.startswith("input"):
            continue
        want = [
            outputs[index]
            for index, step in enumerate(trace)
            if any(words.place("input", cell) == place for cell in step.cells[step.inside].tolist())
        ]
        assert sorted(each["outputs"]) == sorted(want)
    for index, each in enumerate(page.page.evaluate(POINT, "output")):
        assert each["cell"] == outputs[index]
        if trace[index].filter == trace[len(trace) - 1].filter:  # the kernels of that filter stand there
            assert sorted(each["taps"]) == sorted(expected(trace, index)["cells"])
    if trace.kernel is None or not (name in ("dilated", "strided", "one axis")):
        return
    flat = trace.weight.reshape(-1)
    for tap, each in enumerate(page.page.evaluate(POINT, "kernel")):
        assert each["cell"].endswith(f"= {trace.formats.weight(flat[tap])}")
        assert len(each["inputs"]) == len(trace)
        want = [expected(trace, index)["cells"][tap] for index in range(len(trace))]
        assert sorted(each["inputs"]) == sorted(want)


def test_pointing_with_a_mouse_pinning_and_going_there(open_page: Any) -> None:
    page = open_page(TRACES["dilated"])
    page.press("End")
    page.cell("input[1, 3] = 1").hover()
    assert page.page.locator('[data-grid="output"] [data-link="to"]').count() == 4
    assert "feeds 4 outputs" in page.text(".cv-link")
    page.cell("input[1, 3] = 1").click()
    page.cell("input[5, 5] = 3").hover()
    assert "input[1, 3] = 1 feeds 4 outputs" in page.text(".cv-link"), "pinned: pointing elsewhere changes nothing"
    page.press("Escape")
    page.page.mouse.move(5, 5)
    assert page.page.locator("[data-link]").count() == 0
    page.page.locator('[data-grid="output"] .cv-cell').nth(6).hover()
    assert page.sentence.startswith("output[1, 2] = ")
    assert page.step == 16
    page.page.locator('[data-grid="output"] .cv-cell').nth(6).click()
    assert page.step == 7
    page.page.locator('[data-grid="kernel"] .cv-cell').nth(1).hover()
    assert "multiplies 16 cells" in page.text(".cv-link")


def test_links_by_keyboard(open_page: Any) -> None:
    page = open_page(TRACES["dilated"])
    page.press("End")
    page.page.locator('[data-grid="input"] [tabindex="0"]').focus()
    page.press("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    assert page.page.evaluate("document.activeElement.getAttribute('aria-label')") == "input[1, 3] = 1"
    assert page.page.locator('[data-grid="output"] [data-link="to"]').count() == 4
    assert page.step == 16, "arrows move inside a grid"
    page.press("p")
    assert page.text(".cv-link").startswith("Pinned: input[1, 3]")
    page.press("Escape")
    page.page.locator('[data-grid="output"] [tabindex="0"]').focus()
    page.press("ArrowDown", "End", "Enter")
    assert page.step == 8
