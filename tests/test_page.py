"""The page in a real browser: its numbers, its links, its controls, and that it asks nothing of anybody."""

import itertools
import json
import re
import shlex
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

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
    "transposed": convviz.conv_transpose2d(integers(3, 3), integers(3, 3), stride=2, padding=1, output_padding=1),
    "transposed, bias, kernel smaller than the stride": convviz.conv_transpose2d(
        integers(2, 3), integers(2, 2), [4], stride=3
    ),
    "transposed channels": convviz.conv_transpose2d(integers(2, 2, 2), integers(2, 2, 2, 2), stride=2),
    "transposed, one axis": convviz.conv_transpose1d(integers(4), integers(2), stride=3),
    "cropped": convviz.conv_transpose2d(integers(4, 4), integers(2, 2), stride=2, padding=2),
    "an activation": convviz.activation(integers(3, 4), "relu"),
    "a curve": convviz.activation(integers(3, 4) / 4, "gelu"),
    "bins": convviz.adaptive_avg_pool2d(integers(5, 7), (3, 2)),
    "one tap": convviz.conv2d(integers(3, 3), [[1]]),
    "one tap of nothing": convviz.conv2d(integers(2, 3), [[0]]),
    "one tap, divided": convviz.conv1d(integers(5), np.array([1 / 3]), [2]),
    "bins in slices": convviz.adaptive_avg_pool3d(integers(2, 1, 3, 3), (3, 2, 2)),
    "names": convviz.conv2d(integers(3, 4, 4), integers(2, 3, 2, 2)).named("red", "green", "blue"),
    "bins, max": convviz.adaptive_max_pool2d(integers(2, 5, 4), 3),
    "norm": convviz.lp_pool2d(integers(4, 5), 2, 2, stride=1),
    "unpooled": convviz.max_unpool2d([[7, 8], [5, 9]], [[1, 2], [8, 10]], 2),
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
  const scrub = root.querySelector(".cv-scrub");
  for (let step = 0; step < steps; step += every) {
    if (every > 1) {
      scrub.value = String(step + 1);
      scrub.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
    {
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
    if (every === 1) press("ArrowRight");
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

    def until(self, holds: Any, seconds: float = 5) -> None:
        """Wait: Playwright's own waiting needs an eval, which the page's policy does not allow."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it never happened"
            self.page.wait_for_timeout(20)

    def rest(self, *keys: str) -> None:
        """Press keys with the focus on the player itself."""
        self.page.locator(".cv-root").first.focus()
        self.press(*keys)

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


USUAL = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", "offline": True}


@pytest.fixture(scope="module")
def usual(browser: Any) -> Iterator[Any]:
    """A window of a laptop, without a network, in which nothing moves by itself."""
    context = browser.new_context(**USUAL)
    context.set_default_timeout(5000)
    yield context
    context.close()


@pytest.fixture
def open_page(browser: Any, usual: Any, tmp_path: Path) -> Iterator[Any]:
    """Open the page of a trace; at the end, nothing may have been said on the console or asked of a network."""
    contexts, opened = [], []

    def open_(what: Trace | str, *, address: str = "", saved: dict[str, Any] | None = None, **options: Any) -> Opened:
        path = tmp_path / f"page{len(opened)}.html"
        if isinstance(what, str):
            path.write_text(what, encoding="utf-8")
        else:
            what.save(path, **(saved or {}))
        context = usual
        if options:
            context = browser.new_context(**{**USUAL, **options})
            context.set_default_timeout(5000)
            contexts.append(context)
        page = Opened(context.new_page())
        page.page.goto(path.as_uri() + address)
        opened.append(page)
        return page

    yield open_
    problems = [
        (page.heard, [url for url in page.asked if not url.startswith(("file:", "data:", "blob:", "about:"))])
        for page in opened
    ]
    for page in opened:
        page.page.close()
    for context in contexts:
        context.close()
    assert all(problem == ([], []) for problem in problems), problems


STAGE = """<!doctype html><title>stage</title><style>%s body { margin: 0 } main { height: 100vh }</style><main></main>
<script type="module">
%s
const data = { payload: %s, fill: true, autoplay: false };
let heard = () => {};
const model = { get: (name) => data[name], set: () => {}, save_changes: () => {}, off: () => {},
                on: (name, hear) => { if (name === "change:payload") heard = hear; } };
render({ model, el: document.querySelector("main") });
window.swap = (payload) => { data.payload = payload; heard(); };
</script>"""


@pytest.fixture(scope="module")
def stage(usual: Any) -> Iterator[Any]:
    """One player that takes on the payload of one trace after another, which is quicker than a file for each."""
    page = Opened(usual.new_page())
    style, script = source("player.css"), source("player.mjs")
    page.page.set_content(STAGE % (style, script, json.dumps(payload(TRACES["max"])).replace("<", "\\u003c")))

    def put(trace: Trace) -> Opened:
        page.page.evaluate("(payload) => swap(payload)", payload(trace))
        page.rest("Escape", "Home")
        assert page.step == 1
        return page

    yield put
    assert page.heard == []
    page.page.close()


# Numbers.


def said_by(trace: Trace, index: int) -> str:
    return str(trace[index].explain(None, by_channel=len(trace[index].channels) > 1))


def expected(trace: Trace, index: int) -> dict[str, Any]:
    """What a page must show of a step, worked out from the trace alone."""
    step = trace[index]
    formats = trace.formats
    cells, shown = [], []
    overhang = [axis.spaced + axis.high for axis in trace.window.axes]
    places = itertools.product(step.channels, *step.taps)
    for at, cell, inside, seen in zip(
        places, step.cells.tolist(), step.inside.tolist(), step.seen.tolist(), strict=True
    ):
        if any(place >= end for place, end in zip(at[1:], overhang, strict=True)):
            continue
        if trace.rule.only_real and not inside:
            continue
        text = formats.input(seen)
        named = f"{words.place('input', cell)} = {text}" if inside else f"padding, {text}"
        cells.append(named)
        shown.append(text)
    return {"cells": cells, "shown": shown}


@pytest.mark.parametrize("name", TRACES)
def test_every_number_on_the_page_is_the_traces(stage: Any, name: str) -> None:
    trace = TRACES[name]
    page = stage(trace)
    steps = trace.planes_out[0].size
    seen = page.page.evaluate(WALK, 1)
    assert [each["step"] for each in seen] == list(range(steps))
    planes = trace.planes_in.shape[1] * (trace.window.size[0] if len(trace.window.axes) == 3 else 1)
    for each in seen:
        index = each["step"]
        assert each["said"] == said_by(trace, index)
        assert each["where"] == f"{index + 1} / {steps}"
        value = trace.formats.output(trace[index].value)
        if name != "huge":  # its numbers fit no cell: they are colours, and stand in the sentence
            assert each["current"] == [f"{words.place('output', trace[index].position)} = {value}"]
        want = expected(trace, index)
        if planes <= 6:  # of more, some are left out
            assert sorted(each["cells"]) == sorted(want["cells"])
            assert sorted(each["shown"]) == sorted(want["shown"])
        if trace.picks:
            winner = words.place("input", trace[index].cells[trace[index].ties[0]].tolist())
            assert [label.split(" = ")[0] for label in each["winner"]] == [winner]
        elif trace.kernel and trace.kernel.numerators.size > 1 and (trace.kernel.numerators != 1).any() and planes == 1:
            used = trace[index].inside | (not trace.rule.only_real)
            weights = [f"×{trace.formats.weight(weight)}" for weight in trace[index].numerators[used]]
            fit = all(len(trace.formats.weight(weight)) <= 3 for weight in trace.weight.ravel())
            assert sorted(each["weights"]) == sorted(weight if fit else "" for weight in weights), "all of them or none"


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
    said = page.page.locator('[data-grid="output"] .cv-caption').first.text_content()
    reach = float(re.fullmatch(r"≤ −(\d+) … ≥ \1", said)[1])  # the edges of the padding go beyond it
    part = np.clip(trace.output / reach, -1, 1)
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
    const states = ["tap", "zero", "winner", "tie"].map((each) => `[data-grid="input"] [data-state="${each}"]`).join();
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


@pytest.mark.parametrize(
    "name", ["dilated", "strided", "reflected", "max", "channels", "one axis", "three axes", "transposed"]
)
def test_links_lead_both_ways(stage: Any, name: str) -> None:
    trace = TRACES[name]
    page = stage(trace)
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
    if trace.kernel is None or name not in ("dilated", "strided", "one axis"):
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


# Controls.


def test_every_control_by_mouse(open_page: Any) -> None:
    page = open_page(TRACES["dilated"])
    for name, step in [("Next step", 2), ("Next step", 3), ("Previous step", 2), ("First step", 1)]:
        page.chip(name).click()
        assert page.step == step
    page.page.locator(".cv-scrub").fill("9")
    page.until(lambda: page.step == 9)
    page.chip("Play").click()
    page.until(lambda: page.step == 10)
    page.chip("Pause").click()
    at = page.step
    page.page.wait_for_timeout(800)
    assert page.step == at
    speed = page.page.locator(".cv-speed")
    speeds = []
    for _ in range(4):
        speeds.append(speed.text_content())
        speed.click()
    assert speeds == ["1×", "2×", "4×", "0.5×"]
    page.chip("Numbers").click()
    assert not page.pressed("Numbers")
    assert set(page.texts(".cv-cell")) == {""}
    page.chip("Numbers").click()
    page.chip("Shading").click()
    shaded = page.page.locator('[data-grid="kernel"] .cv-shaded')
    assert shaded.count() == 9
    colours = shaded.evaluate_all("(cells) => cells.map((cell) => getComputedStyle(cell).backgroundColor)")
    assert colours[2] == colours[8] != colours[1] == colours[4], "equal weights have equal colours"
    page.chip("Follow the sum").click()
    assert page.text(".cv-link").startswith("term 1 of ")
    before = page.page.locator(".cv-root").evaluate("(root) => getComputedStyle(root).backgroundColor")
    page.page.get_by_role("button", name="Theme: light").click()
    assert page.page.locator(".cv-root").evaluate("(root) => getComputedStyle(root).backgroundColor") != before
    page.chip("Keys").click()
    assert page.page.get_by_role("dialog", name="Keys").is_visible()
    page.chip("Close").click()
    assert not page.page.get_by_role("dialog", name="Keys").is_visible()
    page.chip("Full screen").click()
    page.page.wait_for_selector(".cv-large")


def test_every_control_by_keyboard(open_page: Any) -> None:
    page = open_page(TRACES["dilated"])
    root = page.page.locator(".cv-root")
    for key, step in [
        ("ArrowRight", 2),
        ("PageDown", 3),
        ("PageUp", 2),
        ("ArrowLeft", 1),
        ("ArrowLeft", 1),
        ("End", 16),
        ("ArrowRight", 16),
        ("Home", 1),
    ]:
        page.press(key)
        assert page.step == step, key
    page.press(" ")
    page.until(lambda: page.step == 2)
    page.press(" ")
    at = page.step
    page.page.wait_for_timeout(800)
    assert page.step == at
    page.press("+")
    assert page.text(".cv-speed") == "2×"
    page.press("-", "-")
    assert page.text(".cv-speed") == "0.5×"
    page.press("End", "r")
    assert page.step < 16
    assert page.chip("Pause").is_visible()
    page.press(" ", "n")
    assert set(page.texts(".cv-cell")) == {""}
    page.press("n", "s")
    assert page.page.locator(".cv-shaded").count() > 9
    page.press("s", "Home", "t", "t")
    assert page.text(".cv-link").startswith("term 2 of ")
    page.press("Shift+t")
    assert page.text(".cv-link").startswith("term 1 of ")
    page.press("Escape")
    assert not page.text(".cv-link").startswith("term")
    names = []
    for _ in range(4):
        names.append(page.page.locator(".cv-tools .cv-button").nth(1).get_attribute("aria-label"))
        page.press("d")
    assert names == ["Theme: light", "Theme: dark", "Theme: print", "Theme: high contrast"]
    page.press("b")
    assert page.page.locator(".cv-black").is_visible()
    page.press("b")
    assert not page.page.locator(".cv-black").is_visible()
    page.press("?")
    assert page.page.get_by_role("dialog", name="Keys").is_visible()
    page.press("Escape")
    assert not page.page.get_by_role("dialog", name="Keys").is_visible()
    page.press("e")
    assert page.pressed("Edit cells")
    page.press("Escape", "h")
    assert page.pressed("Predict")
    page.press("h", "f")
    page.page.wait_for_selector(".cv-large")
    size = root.evaluate("(root) => parseFloat(getComputedStyle(root).fontSize)")
    assert size > 16
    with page.page.expect_download() as kept:
        page.press("g")
    assert kept.value.suggested_filename == "convviz-conv2d-1.svg"


def test_keys_do_not_fight_with_what_has_the_focus(open_page: Any) -> None:
    page = open_page(TRACES["dilated"])
    page.chip("Next step").focus()
    page.press(" ")
    assert page.step == 2, "the space bar presses the button, and nothing else"
    page.page.locator(".cv-scrub").focus()
    page.press("ArrowRight")
    page.until(lambda: page.step == 3)
    page.press("PageDown")
    page.page.wait_for_timeout(100)
    assert page.step == 4, "a clicker steps once, wherever the focus is"
    page.rest("Control+ArrowRight")
    assert page.step == 4


def test_the_sum_term_by_term(open_page: Any) -> None:
    trace = TRACES["strided"]
    page = open_page(trace)
    step = trace[0]
    used = [tap for tap, weight in enumerate(step.numerators.tolist()) if weight]
    assert used
    for count, tap in enumerate(used, start=1):
        page.press("t")
        total = sum(step.products[each] for each in used[:count])
        said = f"term {count} of {len(used)}: so far {total}".replace("-", "−")
        assert page.text(".cv-link") == said
        assert page.named('[data-grid="input"] [data-term="now"]') == [expected(trace, 0)["cells"][tap]]
        assert page.page.locator('[data-grid="kernel"] [data-term="now"]').count() == 1
    page.press("t")
    assert page.page.locator('[data-term="now"]').count() == 0
    page.page.locator(".cv-term").nth(1).hover()
    assert page.text(".cv-link").startswith("term 2 of ")


def test_playing_stops_at_the_end_and_starts_again(open_page: Any) -> None:
    page = open_page(TRACES["max"], saved={"step_seconds": 0.05})
    page.press("End", "ArrowLeft", " ")
    page.until(lambda: page.step == 9)
    page.page.wait_for_selector('button[aria-label="Play"]')
    page.press(" ")
    assert page.step < 9


def test_it_starts_to_play_unless_less_motion_is_asked_for(open_page: Any) -> None:
    still = open_page(TRACES["max"], saved={"step_seconds": 0.05})
    still.page.wait_for_timeout(300)
    assert still.step == 1
    moving = open_page(TRACES["max"], saved={"step_seconds": 0.05}, reduced_motion="no-preference")
    moving.until(lambda: moving.step == 9)


def test_the_address_holds_the_view(open_page: Any) -> None:
    page = open_page(TRACES["dilated"])
    page.press("ArrowRight", "ArrowRight", "d", "s")
    page.until(lambda: "step=3" in page.page.url)
    address = page.page.evaluate("location.hash")
    again = open_page(TRACES["dilated"], address=address)
    assert again.step == 3
    assert again.page.locator(".cv-tools .cv-button").nth(1).get_attribute("aria-label") == "Theme: dark"
    assert again.pressed("Shading")
    wild = open_page(TRACES["dilated"], address="#step=999999&theme=%3Cscript%3E&mode=x&numbers=7")
    assert wild.step == 16


def test_the_button_that_copies_covers_no_letter(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"])
    letters = page.page.locator(".cv-code").evaluate(
        """(code) => {
          const all = document.createRange();
          all.selectNodeContents(code);
          return all.getBoundingClientRect().bottom;
        }"""
    )
    assert letters <= page.page.locator(".cv-copy").bounding_box()["y"]


def test_lines_to_copy_make_the_figure_again(open_page: Any) -> None:
    trace = TRACES["dilated"]
    page = open_page(trace, permissions=["clipboard-read", "clipboard-write"])
    page.chip("Copy").click()
    page.page.wait_for_selector(".cv-copy:has-text('Copied')")
    typed = page.page.evaluate("navigator.clipboard.readText()")
    assert typed == page.text(".cv-code").strip()
    assert typed.startswith("convviz conv ")
    words_ = shlex.split(typed.removeprefix("convviz ").removesuffix(" -o out.html"))
    made = json.loads(good(*words_, "--json").out)
    assert made["output"] == trace.output.tolist()
    page.chip("Python").click()
    written = page.text(".cv-code").replace('trace.save("out.html")', "")
    space: dict[str, Any] = {}
    exec(written, space)
    assert np.array_equal(space["trace"].output, trace.output)


def test_the_still_is_the_step(open_page: Any, tmp_path: Path) -> None:
    page = open_page(TRACES["dilated"])
    page.press("ArrowRight", "ArrowRight")
    with page.page.expect_download() as kept:
        page.chip("SVG of this step").click()
    kept.value.save_as(tmp_path / "still.svg")
    tree = ElementTree.fromstring((tmp_path / "still.svg").read_text(encoding="utf-8"))
    texts = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text") if element.text]
    for value in TRACES["dilated"].output.ravel()[:3]:
        assert TRACES["dilated"].formats.output(value) in texts
    for value in TRACES["dilated"].input.ravel():
        assert str(value) in texts
    assert "output[0, 2] = " in "".join(texts)


# Editing.


def edit(page: Opened, name: str, text: str) -> None:
    page.cell(name).click()
    page.page.locator(".cv-edit").fill(text)
    page.press("Enter")


def outputs_of(page: Opened) -> list[str]:
    page.rest("End")
    return page.texts('[data-grid="output"] .cv-cell')


def written(trace: Trace) -> list[str]:
    return [trace.formats.output(value) for value in trace.output.ravel()]


def test_an_edited_input_is_added_up_again(open_page: Any) -> None:
    trace = TRACES["dilated"]
    page = open_page(trace)
    page.chip("Edit cells").click()
    edit(page, "input[2, 1] = 5", "−7")
    changed = trace.input.copy()
    changed[2, 1] = -7
    new = convviz.conv2d(changed, convviz.kernel("sobel-x"), padding=1, dilation=2)
    assert outputs_of(page) == written(new)
    for each in page.page.evaluate(WALK, 1):
        assert each["said"] == said_by(new, each["step"])
    page.chip("Undo edits").click()
    assert outputs_of(page) == written(trace)


def test_an_edited_kernel_is_added_up_again(open_page: Any) -> None:
    trace = TRACES["flipped"]
    page = open_page(trace)
    page.chip("Edit cells").click()
    old = trace.weight[0, 2]
    edit(page, f"kernel[0, 2] = {trace.formats.weight(old)}", "12")
    weight = trace.weight.copy()
    weight[0, 2] = 12
    new = convviz.conv2d(trace.input, weight, trace.bias, flip=True)
    assert outputs_of(page) == written(new)
    for each in page.page.evaluate(WALK, 1):
        assert each["said"] == said_by(new, each["step"])


def test_what_copies_an_edited_cell_changes_with_it(open_page: Any) -> None:
    trace = TRACES["reflected"]
    page = open_page(trace)
    page.press("e")
    edit(page, f"input[1, 1] = {trace.formats.input(trace.input[1, 1])}", "40")
    changed = trace.input.copy()
    changed[1, 1] = 40
    new = convviz.conv2d(changed, trace.weight, padding=2, padding_mode="reflect")
    assert outputs_of(page) == written(new)
    assert page.texts('[data-grid="input"] .cv-cell').count("40") == 4


def test_sums_over_a_divisor_stay_exact(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"])
    page.press("e")
    edit(page, "input[1, 1] = 7", "16")
    changed = np.arange(36).reshape(6, 6)
    changed[1, 1] = 16
    new = convviz.conv2d(changed, convviz.kernel("mean"))
    assert outputs_of(page) == written(new)
    assert page.texts('[data-grid="output"] .cv-cell')[0] == "8"
    edit(page, "input[1, 1] = 16", "17")
    changed[1, 1] = 17
    new = convviz.conv2d(changed, convviz.kernel("mean"))
    assert outputs_of(page) == written(new)
    page.press("Home")
    assert page.sentence == said_by(new, 0)
    assert "73/9 ≈ 8.11" in page.sentence
    assert "rounded" not in page.text(".cv-size")


def test_typed_fractions_and_decimals_are_exact(open_page: Any) -> None:
    page = open_page(convviz.conv1d([1, 2, 3], [1, 1]))
    page.press("e")
    edit(page, "input[0] = 1", "0.1")
    edit(page, "input[1] = 2", "0,2")
    assert outputs_of(page) == ["0.3", "3.2"]
    edit(page, "input[0] = 0.1", "1/3")
    page.rest("Home")
    assert "≈" in page.sentence
    edit(page, "input[1] = 0.2", "2/3")
    assert outputs_of(page)[0].startswith("1")
    page.rest("Home")
    assert page.text(".cv-result") == "1"


def test_an_edited_cell_is_picked_among_the_listed_ones_again(open_page: Any) -> None:
    trace = TRACES["max"]
    page = open_page(trace)
    page.press("e")
    edit(page, "input[0, 0] = 0", "9.5")
    changed = trace.input.astype(float)
    changed[0, 0] = 9.5
    assert page.text(".cv-result") == "9.5"
    assert page.sentence.endswith("= 9.5 from input[0, 0]")
    edit(page, "input[0, 0] = 9.5", "7")
    assert page.sentence == "output[0, 0] = max(7, 7, 1, 7) = 7 from input[0, 0], tied with input[0, 1] and 1 more"
    assert page.named('[data-state="winner"]') == ["input[0, 0] = 7"]


def test_editing_by_keyboard_refuses_what_is_no_number(open_page: Any) -> None:
    page = open_page(TRACES["max"])
    page.page.locator('[data-grid="input"] [tabindex="0"]').focus()
    page.press("Enter")
    page.page.locator(".cv-edit").fill("seven")
    page.press("Enter")
    assert "is not a number" in page.text(".cv-link")
    assert page.page.locator(".cv-edit").get_attribute("aria-invalid") == "true"
    page.press("Escape")
    assert page.page.locator(".cv-edit").count() == 0
    assert page.page.evaluate("document.activeElement.getAttribute('aria-label')") == "input[0, 0] = 0"
    page.press("F2", "4", "2", "Enter")
    assert page.text(".cv-result") == "42"


def test_what_is_typed_can_be_read(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"])
    given = page.page.locator('[data-grid="kernel"] .cv-number').nth(1)
    page.chip("Edit cells").click()
    edit(page, "kernel[0, 0] = 1", "0.1")
    size = "(number) => parseFloat(getComputedStyle(number).fontSize)"
    typed = page.page.locator('[data-grid="kernel"] .cv-number').first
    assert typed.evaluate(size) >= 0.75 * given.evaluate(size), "there is room for three letters"
    edit(page, "input[0, 0] = 0", "1e99")
    assert page.text('[data-grid="input"] .cv-cell') == "1e99"
    assert page.text('[data-grid="output"] .cv-cell') == "1.11e97"
    assert len(page.sentence) < 100
    assert "≈" in page.sentence


@pytest.mark.parametrize("name", ["__proto__", "constructor", "no such"])
def test_an_address_with_a_theme_that_there_is_not_opens_the_page(open_page: Any, name: str) -> None:
    page = open_page(TRACES["the lesson"], address=f"#step=3&theme={name}")
    assert page.step == 3


@pytest.mark.parametrize("text", ["", "1/0", "1e999", "--1", "0x10", "NaN", "Infinity", "1/2/3", "9" * 40, "<b>"])
def test_what_is_no_number_is_not_taken(open_page: Any, text: str) -> None:
    page = open_page(TRACES["max"])
    page.press("e")
    edit(page, "input[0, 0] = 0", text)
    assert "is not a number" in page.text(".cv-link")


# Predict first.


def test_guessing_the_result(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"])
    page.chip("Predict").click()
    assert page.text(".cv-result") == "?"
    assert page.sentence.endswith("/ 9 = ?"), "neither the sum nor the result is said"
    assert page.texts('[data-grid="output"] .cv-cell')[0] == "?"
    assert "7" not in "".join(page.named('[data-state="current"]'))
    guess = page.page.get_by_role("textbox", name="Your guess")
    guess.fill("7")
    page.chip("Reveal").click()
    assert page.text(".cv-verdict") == "Right"
    assert page.text(".cv-result") == "7"
    assert page.text(".cv-score") == "1 of 1 right"
    page.chip("Next one").click()
    assert page.step == 2
    assert page.text(".cv-result") == "?"
    guess.fill("9")
    guess.press("Enter")
    assert page.text(".cv-verdict") == "Not quite: 8"
    assert page.text(".cv-score") == "1 of 2 right"
    page.page.locator(".cv-root").focus()
    page.press("PageDown", " ")
    assert page.text(".cv-verdict") == "It is 9"
    assert page.text(".cv-score") == "1 of 2 right", "who does not guess is not counted"
    page.press("h")
    assert not page.page.locator(".cv-predict").is_visible()


@pytest.mark.parametrize(
    ("guess", "right"), [("14/9", True), ("1.56", True), ("1,56", True), ("1.6", False), ("x", False)]
)
def test_a_guess_may_be_a_fraction_or_rounded(open_page: Any, guess: str, right: bool) -> None:
    page = open_page(convviz.conv2d(np.arange(36).reshape(6, 6), convviz.kernel("mean"), padding=1))
    page.press("h")
    page.page.locator(".cv-guess").fill(guess)
    page.page.locator(".cv-guess").press("Enter")
    assert page.text(".cv-verdict").startswith("Right") == right


def test_space_reveals_after_a_button_was_clicked(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"])
    page.chip("Predict").click()
    page.press("Space")
    assert page.text(".cv-result") == "7"
    page.chip("Next step").click()
    assert (page.step, page.text(".cv-result")) == (2, "?")
    page.press("Space")
    assert (page.step, page.text(".cv-result")) == (2, "8")
    page.chip("Explore").focus()
    page.press("Space")  # who walks from button to button by keyboard presses the one that has the focus
    assert page.pressed("Explore")


def test_nothing_gives_the_answer_away(open_page: Any) -> None:
    trace = TRACES["channels"]
    page = open_page(trace)
    page.press("h")
    for step in range(4):
        value = trace.formats.output(trace[step].value)
        assert page.text(".cv-result") == "?"
        assert set(page.texts(".cv-sum")) == {""}
        assert page.texts('[data-grid="output"] [data-state="current"]') == ["?"]
        names = page.named('[data-grid="output"] .cv-cell')
        assert names[step] == f"{words.place('output', trace[step].position)}, hidden"
        page.page.wait_for_timeout(300)
        assert value not in page.text(".cv-live").split("output")[-1].split("]")[-1]
        page.press("ArrowRight")
    pools = open_page(TRACES["max"])
    pools.press("h")
    assert pools.page.locator('[data-state="winner"]').count() == 0
    assert pools.sentence == "output[0, 0] = max(0, 7, 1, 7) = ?"


def test_which_cells_does_it_read(open_page: Any) -> None:
    trace = TRACES["dilated"]
    page = open_page(trace)
    page.press("End", "h")
    page.chip("Which cells does it read?").click()
    assert page.page.locator('[data-grid="input"] [data-state]').count() == 0
    assert not page.page.locator('[data-grid="input"] .cv-window').is_visible()
    right = expected(trace, 15)["cells"]
    for name in right:
        if name.startswith("input"):
            page.cell(name).click()
    rows = trace[15].taps[0]
    columns = trace[15].taps[1]
    for row in rows:
        for column in columns:
            if not (row < 6 and column < 6):
                page.page.locator('[data-grid="input"] .cv-cell').nth((row + 1) * 8 + column + 1).click()
    page.press(" ")
    assert page.text(".cv-verdict") == "Right"
    page.rest("Home")
    page.cell("input[5, 5] = 3").click()
    page.press(" ")
    assert page.text(".cv-verdict") == "Not quite: 0 of 9 found, 1 too many"
    assert page.page.locator('[data-pick="missed"]').count() == 9
    assert page.page.locator('[data-pick="wrong"]').count() == 1
    assert page.text(".cv-score") == "1 of 2 right"


# What holds everywhere.


def test_the_file_is_small_and_the_same_each_time(tmp_path: Path) -> None:
    trace = TRACES["the lesson"]
    first, second = (trace.save(tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second
    assert len(first) <= 120_000


def test_the_policy_lets_nothing_else_run(open_page: Any) -> None:
    page = open_page(TRACES["max"])
    assert page.asked == [page.page.url]
    heard = []
    page.page.on("console", lambda message: heard.append(message.text))
    page.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          const image = new Image();
          image.src = "https://example.org/x.png";
          return fetch("https://example.org/").catch(() => {});
        }"""
    )
    assert page.page.evaluate("window.ran") is None
    assert len(heard) >= 3
    assert all("Content Security Policy" in each for each in heard)
    page.heard.clear()
    page.asked.clear()


HOSTILE = (
    '</script><script>window.ran=1</script><img src=x onerror="window.ran=1">"\'><svg onload=window.ran=1> \u2028&amp;'
)


def test_hostile_text_stays_text(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"], saved={"title": HOSTILE})
    shown = words.printable(HOSTILE)
    assert page.text(".cv-title") == shown
    assert page.page.title().split() == shown.split()
    assert page.page.evaluate("window.ran") is None
    assert page.page.locator("main img, main script").count() == 0
    made = payload(TRACES["the lesson"])
    hostile = {**made, "settings": HOSTILE, "size": [HOSTILE], "code": [[HOSTILE, HOSTILE]], "description": HOSTILE}
    hostile["input"] = {**made["input"], "texts": [HOSTILE[:12]] * 36}
    page = open_page(document(hostile))
    assert page.text(".cv-settings") == HOSTILE
    assert page.page.evaluate("window.ran") is None
    assert page.page.locator("main img, main script").count() == 0


def axe(page: Opened) -> list[str]:
    page.page.evaluate(axe_script())
    found = page.page.evaluate("axe.run()")
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]


def test_axe_would_find_something(open_page: Any) -> None:
    page = open_page(TRACES["max"], bypass_csp=True)
    page.page.evaluate("document.querySelector('.cv-scrub').removeAttribute('aria-label')")
    page.page.evaluate("document.querySelector('.cv-settings').style.color = '#ccc'")
    assert [each.split(":")[0] for each in axe(page)] == ["color-contrast", "label"]


@pytest.mark.parametrize(
    ("name", "theme", "keys"),
    [
        ("dilated", "light", ["ArrowRight", "t"]),
        ("channels", "dark", ["End"]),
        ("max, ties, padding", "contrast", ["s", "End"]),
        ("the lesson", "print", ["h", "?"]),
        ("photo", "light", ["End"]),
        ("transposed", "dark", ["h", " ", "e"]),
    ],
)
def test_axe_finds_nothing(open_page: Any, name: str, theme: str, keys: list[str]) -> None:
    trace = TRACES.get(name) or convviz.conv2d(a_photo(64), convviz.kernel("sobel-x"))
    page = open_page(trace, saved={"theme": theme}, bypass_csp=True)
    page.press(*keys)
    assert axe(page) == []


@pytest.mark.parametrize(
    "name", ["the lesson", "channels", "one axis", "max", "floats", "three axes", "an activation", "unpooled", "bins"]
)
def test_it_fits_a_phone(open_page: Any, name: str) -> None:
    page = open_page(
        TRACES[name], viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, bypass_csp=True
    )
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
    root = page.page.locator(".cv-root")
    assert root.evaluate("(root) => root.scrollWidth") <= 390
    ends = "(all) => all.map((each) => each.getBoundingClientRect()).flatMap(({ left, right }) => [left, right])"
    reached = page.page.eval_on_selector_all(".cv-grid, .cv-sign", ends)
    assert all(0 <= each <= 390 for each in reached), "nothing is cut"
    sizes = page.page.eval_on_selector_all(
        "button, input",
        """(all) => all.filter((each) => each.offsetWidth).map((each) => {
             const { width, height } = each.getBoundingClientRect();
             return [each.getAttribute("aria-label") ?? each.textContent, width, height];
           })""",
    )
    assert len(sizes) > 10
    assert [each for each in sizes if min(each[1], each[2]) < 44] == []
    page.chip("Next step").tap()
    assert page.step == 2
    page.page.locator('[data-grid="output"] .cv-cell').first.tap()
    assert page.step == 1
    if name == "the lesson":
        assert axe(page) == []


def test_it_works_at_twice_the_size(open_page: Any) -> None:
    page = open_page(TRACES["dilated"], viewport={"width": 640, "height": 400}, device_scale_factor=2)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 640
    page.chip("Next step").click()
    assert page.step == 2
    page.chip("Python").click()
    assert "convviz.conv2d" in page.text(".cv-code")


def test_what_is_said_stays_in_sight_where_the_figure_is_higher_than_the_screen(open_page: Any) -> None:
    page = open_page(TRACES["many filters"], viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    root = page.page.locator(".cv-root")
    assert root.evaluate("(root) => root.scrollHeight > root.clientHeight + 200"), "it is scrolled"
    assert in_sight(page, ".cv-sentence")
    assert "output[0, 0, 0]" in page.sentence
    root.evaluate("(root) => root.scrollTo(0, root.scrollHeight)")
    page.press("PageDown")
    with page.page.expect_download() as kept:
        page.chip("SVG of this step").click()
    tree = ElementTree.parse(kept.value.path()).getroot()
    texts = [(text.text, float(text.get("y", 0))) for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    said = min(y for text, y in texts if text == "output[0, 0, 1]")
    assert said > max(y for text, y in texts if text == "2") + 20, "in its place, under the figure"


def test_a_page_that_is_low_gives_its_height_to_the_figure(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"], viewport={"width": 640, "height": 360}, device_scale_factor=2)
    bar = page.page.locator(".cv-bar").bounding_box()
    assert bar["height"] <= 54, "one line"
    assert bar["y"] + bar["height"] <= 360, "in sight"
    page.page.locator(".cv-root").evaluate("(root) => root.scrollTo(0, 100)")
    head = page.page.locator(".cv-head").bounding_box()
    assert head["y"] + head["height"] <= 10, "it scrolls away"
    grid = page.page.locator('[data-grid="input"] .cv-grid').bounding_box()
    assert grid["height"] < 360 - bar["height"], "the figure is seen whole"
    page.page.set_viewport_size({"width": 1280, "height": 720})
    page.until(lambda: page.page.locator(".cv-head").bounding_box()["y"] == 0)
    assert page.page.locator(".cv-panel").bounding_box()["x"] > 900, "and is as it was once there is room"


def test_between_a_phone_and_a_laptop_the_panel_makes_room(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"], viewport={"width": 735, "height": 800})
    stage, panel = (page.page.locator(each).bounding_box() for each in (".cv-stage", ".cv-panel"))
    assert panel["y"] >= stage["y"] + stage["height"] - 1
    assert page.page.locator('[data-grid="input"] .cv-cell').first.bounding_box()["width"] >= 40


def test_three_axes_fit_a_laptop(open_page: Any) -> None:
    trace = convviz.conv3d(np.arange(100).reshape(4, 5, 5), convviz.kernel("mean", (2, 2, 2)))
    page = open_page(trace, viewport={"width": 1280, "height": 800})
    stage = page.page.locator(".cv-stage")
    assert stage.evaluate("(stage) => stage.scrollHeight - stage.clientHeight") <= 1
    assert page.texts('[data-grid="kernel"] .cv-label') == ["kernel, slice 0", "kernel, slice 1"], "1/8 stands once"


def test_no_place_is_broken_at_the_end_of_a_line(open_page: Any) -> None:
    page = open_page(TRACES["max, ties, padding"], viewport={"width": 360, "height": 700})
    for _ in range(9):
        broken = page.page.eval_on_selector_all(
            ".cv-sentence, .cv-link",
            """(boxes) => boxes.flatMap((box) => {
                 const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
                 const found = [];
                 for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                   for (const match of node.data.matchAll(/\\S*\\[[^\\]]*\\]/g)) {
                     const range = document.createRange();
                     range.setStart(node, match.index);
                     range.setEnd(node, match.index + match[0].length);
                     if (range.getClientRects().length > 1) found.push(match[0]);
                   }
                 }
                 return found;
               })""",
        )
        assert broken == []
        page.press("PageDown")


@pytest.mark.parametrize("name", ["mean", "bins", "mean of what is real", "tenths", "float channels", "max, floats"])
def test_a_number_reads_in_its_cell_as_in_the_sentence(open_page: Any, name: str) -> None:
    page = open_page(TRACES[name])
    page.rest("Home")
    for _ in range(min(9, len(TRACES[name]))):
        assert page.text('[data-grid="output"] [data-state="current"]') == page.text(".cv-result")
        page.press("PageDown")


def in_sight(page: Opened, where: str) -> bool:
    """Whether an element is on the screen, and nothing lies over it."""
    return bool(
        page.page.locator(where).evaluate(
            """(node) => {
              const { left, top, right, bottom } = node.getBoundingClientRect();
              const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
              return top >= 0 && bottom <= innerHeight && (over === node || node.contains(over));
            }"""
        )
    )


def test_forced_colours_keep_what_is_read_apart(open_page: Any) -> None:
    page = open_page(TRACES["dilated"], forced_colors="active")
    page.press("End")
    colour = "(cell) => getComputedStyle(cell).backgroundColor"
    tap = page.page.locator('[data-state="tap"]').first.evaluate(colour)
    other = page.page.locator('[data-grid="input"] [data-kind="i"]:not([data-state])').first.evaluate(colour)
    current = page.page.locator('[data-state="current"]').evaluate(colour)
    assert len({tap, other, current}) == 3
    page.chip("Shading").click()
    assert page.pressed("Shading")


def test_the_system_chooses_a_theme_where_none_is_named(open_page: Any) -> None:
    for options, theme in [({"color_scheme": "dark"}, "dark"), ({"contrast": "more"}, "contrast"), ({}, "light")]:
        page = open_page(TRACES["max"], **options)
        want = tuple(int(THEMES[theme].palette["ground"][at : at + 2], 16) for at in (1, 3, 5))
        shown = page.page.locator(".cv-root").evaluate("(root) => getComputedStyle(root).backgroundColor")
        assert shown == f"rgb{want}"
    own = {"name": "own", "base": "dark", "colors": {"ground": "#000010"}}
    page = open_page(TRACES["max"], saved={"theme": own})
    shown = page.page.locator(".cv-root").evaluate("(root) => getComputedStyle(root).backgroundColor")
    assert shown == "rgb(0, 0, 16)"


def test_steps_are_announced_once_things_are_at_rest(open_page: Any) -> None:
    page = open_page(TRACES["the lesson"])
    live = page.page.locator('[aria-live="polite"]')
    page.press("ArrowRight", "ArrowRight", "ArrowRight")
    page.page.wait_for_timeout(400)
    assert live.text_content() == f"step 4 of 16: {said_by(TRACES['the lesson'], 3)}"
    page.press(" ")
    page.page.wait_for_timeout(1000)
    assert live.text_content().startswith("step 4 of 16"), "silent while it plays"


def test_it_plays_in_a_sandboxed_frame(open_page: Any) -> None:
    inner = document(payload(TRACES["max"]))
    frame_ = f'<iframe sandbox="allow-scripts" width="900" height="600" srcdoc="{escape(inner)}"></iframe>'
    outer = f"<!doctype html><title>slide</title>{frame_}"
    page = open_page(outer)
    frame = page.page.frame_locator("iframe")
    frame.locator(".cv-root").press("Home")  # less motion is not asked for in there: it plays
    frame.get_by_role("button", name="Next step").click()
    assert frame.locator(".cv-where").text_content() == "2 / 9"
    page.press("PageDown")
    assert frame.locator(".cv-where").text_content() == "3 / 9"
    frame.get_by_role("button", name="Full screen").click()
    frame.locator(".cv-large").wait_for()


HOST = """<!doctype html><title>several</title><div id="place"></div><script type="module">
%s
const models = [];
const host = document.querySelector("#place").attachShadow({ mode: "open" });
const style = new CSSStyleSheet();
style.replaceSync(%s);
host.adoptedStyleSheets = [style];
for (const payload of %s) {
  const data = { payload, autoplay: false };
  const heard = {};
  const model = {
    get: (name) => data[name],
    set: (name, value) => { data[name] = value; heard[`change:${name}`]?.(); },
    on: (name, hear) => { heard[name] = hear; },
    off: (name) => { delete heard[name]; },
    save_changes: () => { model.saved = (model.saved ?? 0) + 1; },
    heard,
  };
  const el = document.createElement("div");
  host.append(el);
  model.away = render({ model, el });
  models.push(model);
}
window.models = models;
</script>"""


def test_several_players_in_one_shadow_root_and_a_new_payload(open_page: Any) -> None:
    one, two = payload(TRACES["max"]), payload(TRACES["the lesson"])
    data = json.dumps([one, two]).replace("<", "\\u003c")
    page = open_page(HOST % (source("player.mjs"), json.dumps(source("player.css")), data))
    roots = page.page.locator(".cv-root")
    roots.nth(1).focus()
    page.press("ArrowRight", "ArrowRight", "d")
    wheres = page.page.locator(".cv-where")
    assert wheres.all_text_contents() == ["1 / 9", "3 / 16"]
    assert page.page.locator("[id]").count() == 1, "the player has no ids"
    page.until(lambda: page.page.evaluate("models[1].saved >= 1"))
    assert page.page.evaluate("models[1].get('view').step") == 2
    new = payload(TRACES["strided"])
    page.page.evaluate("(payload) => models[1].set('payload', payload)", new)
    trace = TRACES["strided"]
    assert wheres.all_text_contents()[1] == f"3 / {len(trace)}"
    assert page.page.locator(".cv-sentence").nth(1).text_content() == said_by(trace, 2)
    assert page.page.locator(".cv-tools").nth(1).get_by_role("button", name="Theme: dark").count() == 1
    page.page.evaluate("models[1].away()")
    assert roots.count() == 1
    assert page.page.evaluate("Object.keys(models[1].heard)") == []


# Speed, on whatever machine this is: bounds that only something wrong can reach.


def test_a_step_is_quick_and_leaves_nothing_behind(open_page: Any) -> None:
    page = open_page(TRACES["dilated"])
    found = page.page.evaluate(
        """async () => {
          const root = document.querySelector(".cv-root");
          const press = (key) => root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          const nodes = () => document.querySelectorAll("*").length;
          const times = [];
          const step = (n) => {
            const start = performance.now();
            press(n % 16 === 15 ? "Home" : "ArrowRight");
            root.offsetHeight;
            times.push(performance.now() - start);
          };
          for (let n = 0; n < 80; n += 1) step(n);
          gc();
          const before = [nodes(), performance.memory.usedJSHeapSize];
          for (let n = 0; n < 320; n += 1) {
            step(n);
            if (n % 100 === 0) await new Promise((done) => setTimeout(done));
          }
          await new Promise((done) => setTimeout(done, 400));
          gc();
          const after = [nodes(), performance.memory.usedJSHeapSize];
          times.sort((a, b) => a - b);
          return { median: times[times.length >> 1], nodes: after[0] - before[0], bytes: after[1] - before[1] };
        }"""
    )
    assert abs(found["nodes"]) <= 12, "a sentence has more terms or fewer"
    assert found["bytes"] < 400_000
    assert found["median"] < 16


def test_a_large_input_is_scrubbed_smoothly(open_page: Any) -> None:
    trace = convviz.conv2d(a_photo(64), convviz.kernel("sobel-x"), padding=1)
    page = open_page(trace)
    assert page.page.evaluate("document.querySelectorAll('*').length") < 600
    frames = page.page.evaluate(
        """async () => {
          const scrub = document.querySelector(".cv-scrub");
          const end = performance.now() + 1000;
          let frames = 0;
          while (performance.now() < end) {
            scrub.value = String(1 + ((frames * 997) % 4096));
            scrub.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            frames += 1;
          }
          return frames;
        }"""
    )
    assert frames >= 20


# The command line.


def test_the_command_writes_a_page_that_starts_where_it_is_told(open_page: Any, tmp_path: Path) -> None:
    path = tmp_path / "out.html"
    good("conv", "--stride", "2", "--step", "3", "--theme", "dark", "--shade", "-o", str(path), "--title", "Mine")
    page = open_page(path.read_text(encoding="utf-8"))
    assert page.step == 3
    assert page.text(".cv-title") == "Mine"
    assert page.pressed("Shading")
    printed = good("conv", "--stride", "2", "-o", "-", "--format", "html").out.decode()
    assert printed.startswith("<!doctype html>")


@pytest.mark.parametrize(
    "options",
    [["--strip", "3"], ["--width", "800"], ["--hold", "2"], ["--all-steps"], ["--blank", "output"], ["--steps", "1-3"]],
)
def test_what_means_nothing_for_a_page_is_said(tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "out.html"
    ended = run("conv", *options, "-o", str(path))
    assert ended.code == 2
    assert options[0].removeprefix("--") in ended.err
    assert ".html" in ended.err
    assert not path.exists()


def test_a_page_and_a_gif_in_one_run(tmp_path: Path) -> None:
    good("conv", "--stride", "2", "--hold", "1", "-o", str(tmp_path / "a.gif"), "-o", str(tmp_path / "a.html"))
    assert (tmp_path / "a.gif").stat().st_size > 1000
    assert (tmp_path / "a.html").stat().st_size > 1000


def test_what_a_page_can_not_be_made_of_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="width means nothing for a page"):
        TRACES["max"].save(tmp_path / "a.html", width=900)
    with pytest.raises(SettingError, match="step 99 is not there"):
        TRACES["max"].save(tmp_path / "a.html", step=99)
    with pytest.raises(SettingError, match=r"can't be written as \.gif"):
        convviz.save(payload(TRACES["max"]), tmp_path / "a.gif")
    with pytest.raises(SettingError, match="dense has none"):
        payload(convviz.dense([1, 2], [[1, 2]]))
    with pytest.raises(SettingError, match="this is a Softmax"):
        convviz.save(convviz.softmax([1, 2]), tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []
