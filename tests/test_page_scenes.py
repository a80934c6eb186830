"""The pages of figures without a window that slides: to step through, in a real browser."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium
from commands import good
from PIL import Image

import convviz
from convviz import SettingError

COMMANDS = (
    ("activation", "softmax"),
    ("dropout",),
    ("dropout", "--dense", "6,4"),
    ("dense",),
    ("flatten",),
    ("batchnorm",),
    ("kernel", "--dilation", "2"),
    ("network", "lenet"),
    ("network", "lenet", "--style", "blocks"),
    ("pipeline", "conv 3x3 | relu | max 2x2"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_picture_has_a_page_with_all_its_steps(command: tuple[str, ...], tmp_path: Path, browser: Any) -> None:
    path = tmp_path / "x.html"
    good(*command, "-o", str(path))
    frames = Image.open(io.BytesIO(good(*command, "-o", "-", "--format", "gif").out)).n_frames
    assert len(path.read_bytes()) < 200_000
    page = browser.new_page(offline=True)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda problem: heard.append(str(problem)))
    page.goto(path.as_uri())
    if frames == 1:
        assert not page.locator(".bar").is_visible()
    else:
        page.keyboard.press("End")
        assert page.locator("output").text_content() == f"{frames} / {frames}"
        page.keyboard.press("ArrowLeft")
        assert page.locator("output").text_content() == f"{frames - 1} / {frames}"
    gap = "(main) => main.getBoundingClientRect().left"
    assert page.locator("main").evaluate(gap) >= 0
    assert page.locator("h1.words-only").evaluate("(each) => getComputedStyle(each).position") == "absolute", (
        "its style"
    )
    assert heard == []
    page.close()


def test_a_scene_has_a_page_without_numbers_to_play_with(tmp_path: Path) -> None:
    trace = convviz.conv2d([[1, 2, 3], [4, 5, 6]], [[1, 1]])
    text = convviz.save(convviz.animate(trace), tmp_path / "x.html").read_text(encoding="utf-8")
    assert text.count("data-at=") == len(trace)
    with pytest.raises(SettingError, match=r"step means nothing for a scene as \.html"):
        convviz.save(convviz.animate(trace), tmp_path / "x.html", step=2)
