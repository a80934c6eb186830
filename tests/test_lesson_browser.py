from typing import Any

import pytest
from browser import axe_script, chromium

from convviz import architecture, network, softmax
from convviz.lesson import lesson
from convviz.views.draw import draw
from convviz.write.flip import document


@pytest.fixture(scope="module")
def browser() -> Any:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Any:
    place = tmp_path_factory.mktemp("lesson")
    for _ in lesson(place):
        pass
    return place


class Opened:
    """A page that was opened from a file, with whatever it complained of."""

    def __init__(self, browser: Any, path: Any, **context: Any) -> None:
        self.context = browser.new_context(bypass_csp=False, **context)
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("requestfailed", lambda request: self.troubles.append(request.url))
        self.page.goto(path.as_uri())


def axe(browser: Any, path: Any) -> list[str]:
    """Return what axe finds wrong; it has to be let in past the policy."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.evaluate(axe_script())
    found = page.evaluate("axe.run().then((r) => r.violations.map((v) => v.id + ': ' + v.nodes[0].html))")
    context.close()
    return list(found)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_index_shows_every_picture_and_overflows_nowhere(browser: Any, folder: Any, width: int) -> None:
    opened = Opened(browser, folder / "index.html", viewport={"width": width, "height": 800})
    page = opened.page
    page.evaluate("document.querySelectorAll('img').forEach((each) => { each.loading = 'eager'; })")
    page.evaluate("Promise.all([...document.images].map((each) => each.decode()))")
    assert page.evaluate("[...document.images].every((each) => each.complete && each.naturalWidth > 0)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not opened.troubles
    opened.context.close()


def test_who_wants_no_motion_gets_stills(browser: Any, folder: Any) -> None:
    opened = Opened(browser, folder / "index.html", reduced_motion="reduce")
    sources = opened.page.evaluate(
        "[...document.images].map((each) => { each.loading = 'eager'; return each; }).map((each) => each.currentSrc)"
    )
    shown = [each.rpartition("/")[2] for each in sources if each]
    assert shown
    assert "plain.png" in shown
    assert "plain.gif" not in shown
    opened.context.close()


def test_the_index_and_pages_to_step_through_are_accessible(browser: Any, folder: Any) -> None:
    for name in ("index.html", "lenet.html", "softmax.html", "dropout.html"):
        assert axe(browser, folder / name) == []


@pytest.mark.parametrize("name", ["lenet", "softmax"])
def test_a_scene_is_stepped_through_by_key_button_and_slider(browser: Any, tmp_path: Any, name: str) -> None:
    scene = architecture(network("lenet")) if name == "lenet" else draw(softmax([2.0, 1.0, -1.0]))
    (tmp_path / "flip.html").write_text(document(scene), encoding="utf-8")
    opened = Opened(browser, tmp_path / "flip.html")
    page, count = opened.page, len(scene.frames)

    def texts() -> list[str]:
        return list(page.locator("svg text:visible").all_text_contents())

    def expected(step: int) -> list[str]:
        return [mark.string for mark in scene.at(step) if hasattr(mark, "string")]

    assert sorted(texts()) == sorted(expected(0))
    for step in range(1, count):
        page.keyboard.press("ArrowRight")
        assert sorted(texts()) == sorted(expected(step)), step
    page.keyboard.press("Home")
    assert page.locator("output").text_content() == f"1 / {count}"
    page.get_by_role("button", name="Next step").click()
    page.get_by_role("slider").press("ArrowRight")
    assert page.locator("output").text_content() == f"3 / {count}"
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == f"step 3 of {count}"
    page.get_by_role("button", name="Play").click()
    page.get_by_text(f"4 / {count}", exact=True).wait_for()
    page.get_by_role("button", name="Pause").click()
    assert not opened.troubles
    opened.context.close()


def test_without_scripts_the_last_frame_is_shown(browser: Any, tmp_path: Any) -> None:
    scene = draw(softmax([2.0, 1.0, -1.0]))
    (tmp_path / "flip.html").write_text(document(scene), encoding="utf-8")
    opened = Opened(browser, tmp_path / "flip.html", java_script_enabled=False)
    shown = opened.page.locator("svg text:visible").all_text_contents()
    assert sorted(shown) == sorted(mark.string for mark in scene.at(-1) if hasattr(mark, "string"))
    opened.context.close()
