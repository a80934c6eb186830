"""A trace in a notebook: what it shows of itself, an exported one offline, the live widget in a shadow root."""

import io
import json
import re
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import chromium
from commands import environment
from conftest import need
from PIL import Image
from test_page import WALK, said_by

import convviz
from convviz import ConvvizError, SettingError, notebook
from convviz.exploring import exploration, ready
from convviz.notebook import about, answer, frame
from convviz.page_words import EXPLORER
from convviz.report import alt_text, report
from convviz.write.html import module

TRACE = convviz.conv2d(np.arange(36).reshape(6, 6), convviz.kernel("sobel-x"), padding=1, stride=2)
EVIL = 'it\'s "quoted" & </iframe><script>alert(1)</script>'
SETS = (
    exploration(
        convviz.conv2d,
        range(4, 7),
        {"mean": convviz.kernel("mean"), EVIL: convviz.kernel("sobel-x")},
        stride=range(1, 4),
        dilation=range(1, 3),
    ),
    *ready()[2:3],
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open HTML from a file, offline; what is heard of its frames, and what they ask for, is what ``heard`` holds."""
    contexts = []

    def open_(html: str, **options: Any) -> tuple[Any, list[str]]:
        context = browser.new_context(offline=True, viewport={"width": 1100, "height": 900}, **options)
        context.set_default_timeout(8000)
        contexts.append(context)
        page, heard = context.new_page(), []
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda problem: heard.append(str(problem)))
        page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
        path = tmp_path / "x.html"
        path.write_text(f"<!doctype html><meta charset='utf-8'>{html}", encoding="utf-8")
        page.goto(path.as_uri())
        return page, heard

    yield open_
    for context in contexts:
        context.close()


# What a trace shows.


def test_a_bundle_has_the_text_and_a_page() -> None:
    found = TRACE._repr_mimebundle_()
    assert found["text/plain"] == report(TRACE)
    assert found["text/html"] == TRACE._repr_html_() == frame(TRACE)
    assert set(found) == {"text/plain", "text/html"}
    assert 'sandbox="allow-scripts allow-downloads"' in found["text/html"], "and never with allow-same-origin"
    assert len(found["text/html"]) < 250_000


def test_the_frame_plays_and_can_reach_nothing(visit: Any) -> None:
    page, heard = visit(frame(TRACE) + "<p id='other'>" + frame(TRACE))
    inside = page.frames[1]
    inside.wait_for_selector(".cv-cell")
    inside.locator(".cv-root").press("End")
    seen = inside.evaluate(WALK, 3)
    for one in seen:
        assert one["said"] == said_by(TRACE, one["step"])
    assert inside.evaluate(
        "() => { try { return parent.document.title } catch (problem) { return problem.name } }"
    ) == ("SecurityError")
    assert page.frames[2].evaluate("self.origin") == "null"
    assert heard == []


def test_without_frames_or_scripts_there_is_the_picture(visit: Any) -> None:
    page, _ = visit(re.sub(r"<iframe.*</iframe>", "", frame(TRACE), flags=re.DOTALL))
    picture = page.locator("img")
    assert picture.get_attribute("alt") == alt_text(TRACE)
    assert picture.evaluate("(node) => node.complete && node.naturalWidth") == 1120
    # Switching scripts off in a context reaches a frame when it has run them already.
    unscripted = frame(TRACE).replace("allow-scripts ", "")
    page, _ = visit(unscripted, java_script_enabled=False)
    bare = visit(re.sub(r"<iframe.*</iframe>", "", frame(TRACE), flags=re.DOTALL))[0]
    off = 255.0
    for _ in range(50):  # until both are painted
        off = np.abs(pixels(page) - pixels(bare)).mean() if pixels(bare).min() < 100 else 255
        if off < 1:
            break
        page.wait_for_timeout(100)
    assert off < 1, "nothing covers it"


def pixels(page: Any) -> Any:
    shot = page.screenshot(clip={"x": 0, "y": 0, "width": 1100, "height": 600})
    return np.asarray(Image.open(io.BytesIO(shot)).convert("L")).astype(int)


def test_hostile_text_stays_in_the_frame(visit: Any) -> None:
    trace = convviz.conv2d([[1, 2]], [[1]])
    page, heard = visit(frame(trace) + "<p id='after'>after</p>")
    page.frames[1].wait_for_selector(".cv-cell")
    assert page.locator("#after").text_content() == "after"
    assert heard == []


def test_what_can_not_be_played_is_still_a_picture_or_text() -> None:
    long = convviz.conv2d(np.zeros((80, 80), dtype=int), [[1]])
    assert "<iframe" not in frame(long)
    assert "<img" in frame(long)
    bins = convviz.adaptive_avg_pool2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 2)
    assert set(bins._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_an_executed_and_converted_notebook_plays_offline(visit: Any, tmp_path: Path) -> None:
    for name in ("nbclient", "nbconvert", "ipykernel", "anywidget"):
        need(name)
    cells = [
        "import convviz\nconvviz.conv2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, -1]])",
        "convviz.max_pool2d([[1, 2], [3, 4]], 2).show()",
        "convviz.explore(convviz.conv2d, range(4, 6), [[2]], stride=range(1, 3)).trace",
    ]
    made = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {},
                "source": each,
                "outputs": [],
                "execution_count": None,
            }
            for number, each in enumerate(cells)
        ],
    }
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(made), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", str(path)]
    where = environment(IPYTHONDIR=str(tmp_path), JUPYTER_PLATFORM_DIRS="1", PYTHONWARNINGS="ignore")
    ended = subprocess.run(command, cwd=tmp_path, env=where, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    page, _ = visit("", reduced_motion="reduce")
    page.goto((tmp_path / "lesson.html").as_uri(), wait_until="domcontentloaded")
    page.wait_for_selector("iframe >> nth=2")
    said = []
    for inside in [each for each in page.frames if each.parent_frame]:
        inside.frame_element().scroll_into_view_if_needed()  # what is out of sight is not drawn
        inside.wait_for_selector(".cv-cell")
        inside.locator(".cv-root").press("End")
        said.append(inside.locator(".cv-sentence").text_content())
    assert said == [
        "output[0, 1] = 2·1 + 6·(−1) = −4",
        "output[0, 0] = max(1, 2, 3, 4) = 4 from input[1, 1]",
        "output[3, 3] = 0·2 = 0",
    ]


# Showing.


def test_show_opens_a_browser_where_there_is_no_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[str] = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("webbrowser.open", lambda address: bool(opened.append(address)) or True)
    for where in (None, "html"):
        path = TRACE.show(where)
        assert path is not None
        assert opened.pop() == path.as_uri()
        assert "<title>Convolution</title>" in path.read_text(encoding="utf-8")


def test_show_says_where_the_page_is_without_a_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    path = TRACE.show()
    assert str(path) in capsys.readouterr().err


def test_show_uses_the_notebook_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    marimo = types.SimpleNamespace(running_in_notebook=lambda: True, output=types.SimpleNamespace(append=shown.append))
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    assert TRACE.show() is None
    assert shown == [TRACE]
    with pytest.raises(SettingError, match="where is 'pdf'"):
        TRACE.show("pdf")


def test_nothing_of_a_notebook_is_loaded_before_it_is_used(tmp_path: Path) -> None:
    script = (
        "import sys, convviz\n"
        "trace = convviz.conv2d([[1, 2]], [[1]])\n"
        f"trace.save({str(tmp_path / 'x.gif')!r})\n"
        "assert 'convviz.notebook' not in sys.modules\n"
        "trace._repr_mimebundle_()\n"
        "convviz.explore\n"
        "assert not {'anywidget', 'traitlets', 'IPython'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=environment(), timeout=60)


# The live widget.

HOST = """async ([source, sets, words, first]) => {
  const host = document.createElement("div");
  document.body.append(host);
  const data = { sets, words, answer: first };
  const heard = [];
  window.asked = [];
  window.keys = [];
  document.addEventListener("keydown", (event) => window.keys.push(event.key));
  window.model = {
    get: (name) => data[name],
    set: (name, value) => { data[name] = value; },
    save_changes: async () => {
      const { asked } = data;
      if (!asked || asked.serial === window.asked.at(-1)?.serial) return;
      window.asked.push(asked);
      data.answer = await window.python(asked);
      for (const [event, hear] of heard) if (event === "change:answer") hear();
    },
    on: (event, hear) => heard.push([event, hear]),
    off: (event, hear) => heard.splice(heard.findIndex((each) => each[1] === hear), 1),
  };
  window.left = () => heard.length;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: made } = await import(url);
  const el = document.createElement("div");
  host.attachShadow({ mode: "open" }).append(el);
  const before = [document.styleSheets.length, document.head.childElementCount];
  window.away = await made.render({ model: window.model, el });
  window.same = () => String([document.styleSheets.length, document.head.childElementCount]) === String(before);
}"""


def opened(visit: Any, sets: Any = SETS, style: str = "") -> tuple[Any, list[str]]:
    """Open a page on which the widget stands in a shadow root, and Python answers as it does in a notebook."""
    page, heard = visit(f"<style>{style}</style>")
    page.expose_function(
        "python", lambda asked: {"serial": asked["serial"], **answer(sets, asked["set"], tuple(asked["at"]))}
    )
    first = {"serial": 0, **answer(sets, 0, sets[0].start)}
    page.evaluate(HOST, [module(), [about(each) for each in sets], EXPLORER, first])
    page.wait_for_selector(".cv-cell")
    return page, heard


def settings(page: Any, said: str) -> None:
    page.wait_for_function(
        "(said) => [...document.querySelectorAll('div')].find((one) => one.shadowRoot)"
        ".shadowRoot.firstElementChild.shadowRoot.querySelector('.cv-settings').textContent.includes(said)",
        arg=said,
    )


def test_the_live_widget_asks_python_and_shows_its_numbers(visit: Any) -> None:
    page, heard = opened(visit)
    assert page.evaluate("asked.length") == 0, "what it starts with came along"
    page.get_by_role("button", name="Stride: more").click()
    settings(page, "s = 2")
    page.get_by_role("button", name=EVIL, exact=True).click()
    page.wait_for_selector('[data-grid="kernel"] .cv-label:has-text("sobel-x")')
    page.get_by_role("slider", name="Input", exact=True).focus()
    page.keyboard.press("End")
    settings(page, "s = 2")
    trace = SETS[0].trace((2, 1, 1, 0))
    page.wait_for_selector(f'.cv-where:has-text("/ {len(trace)}")')
    for index in range(len(trace)):
        assert page.locator(".cv-where").text_content() == f"{index + 1} / {len(trace)}"
        assert page.locator(".cv-sentence").text_content() == said_by(trace, index)
        page.get_by_role("button", name="Next step").click()
    page.get_by_role("button", name="Max pool", exact=True).click()
    page.wait_for_selector('.cv-tab[aria-pressed="true"]:has-text("Max pool")')
    assert heard == []


def test_the_live_widget_says_what_is_not_possible(visit: Any) -> None:
    page, _ = opened(visit)
    page.get_by_role("slider", name="Input", exact=True).focus()
    page.keyboard.press("Home")
    page.get_by_role("button", name="Dilation: more").click(force=True)
    refused = SETS[0].refusal((0, 0, 0, 1))
    assert page.locator(".cv-note").text_content() == f"Dilation 2 is not possible here: {refused}"


def test_of_many_questions_only_the_last_is_asked(visit: Any) -> None:
    page, heard = opened(visit)
    page.get_by_role("slider", name="Input", exact=True).evaluate(
        """(range) => {
          for (const place of [1, 2, 1, 2, 1, 2]) {
            range.value = place;
            range.dispatchEvent(new Event("input"));
          }
        }"""
    )
    page.wait_for_selector('.cv-choice-value:text-is("6×6")')
    page.wait_for_timeout(300)
    assert page.locator(".cv-choice-value").first.text_content() == "6×6"
    assert page.evaluate("asked.map(({ at }) => at[0])") == [1, 2]
    assert heard == []


def test_nothing_gets_into_the_widget_or_out_of_it(visit: Any) -> None:
    hostile = "button, .cv-root, .cv-chip { display: none !important } .cv-cell { font-size: 90px !important }"
    page, heard = opened(visit, style=hostile)
    assert page.evaluate("same()"), "no style was added to the document"
    assert page.get_by_role("button", name="Next step").is_visible()
    assert page.locator(".cv-cell").first.evaluate("(cell) => parseFloat(getComputedStyle(cell).fontSize)") < 40
    page.get_by_role("button", name="Next step").click()
    for key in ("d", "d", "b", "b", "PageDown", "x"):
        page.keyboard.press(key)
    assert page.evaluate("keys") == [], "a notebook would take them as its own"
    assert page.locator("[id]").count() == 0
    assert page.locator("[data-lm-suppress-shortcuts]").count() == 1
    page.evaluate("away()")
    assert page.locator(".cv-root").count() == 0
    assert page.evaluate("left()") == 0, "nobody listens any more"
    assert heard == []


def test_the_widget_of_anywidget_answers_and_knows_its_trace(tmp_path: Path) -> None:
    need("anywidget")
    kernels = {"mean": convviz.kernel("mean"), "one": [[1]]}
    widget = convviz.explore(convviz.conv2d, range(4, 7), kernels, stride=range(1, 4))
    assert widget.trace.output.shape == (2, 2)
    widget.asked = {"serial": 3, "set": 0, "at": [2, 1, 1]}
    assert widget.answer["serial"] == 3
    assert widget.answer["payload"]["output"]["values"] == widget.trace.output.ravel().tolist()
    assert widget.trace.settings["stride"] == [2, 2]
    json.dumps([widget.answer, widget.sets], allow_nan=False)
    for wrong in ({"set": 9, "at": [99, -5, 7]}, {"at": [1]}, {}):
        widget.asked = {"serial": 4, **wrong}
        assert "payload" in widget.answer
    page = widget.save(tmp_path / "x.html", title="Mine").read_text(encoding="utf-8")
    assert "<title>Mine</title>" in page
    widget.close()
    ready_made = convviz.explore()
    assert [each["label"] for each in ready_made.sets] == ["Convolution", "Transposed", "Max pool", "Average pool"]
    ready_made.close()


def test_without_anywidget_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook._class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ConvvizError, match=re.escape("pip install 'convviz[notebook]'")):
        convviz.explore()
    with pytest.raises(SettingError, match="needs an operation"):
        convviz.explore(stride=range(3))
