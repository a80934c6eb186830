import io
import json
import re
import shlex
from html.parser import HTMLParser

import numpy as np
import pytest
from commands import good, run
from PIL import Image

from convviz import saving
from convviz.lesson import FIGURES, SECTIONS
from convviz.networks import Network
from convviz.trace import Trace

ASKED = (  # every figure that the lesson must have
    *("plain", "stride-2", "padding-1", "dilation-2", "dilated-kernel"),
    *("average-pooling", "max-pooling", "global-average-pooling", "global-max-pooling"),
    *("relu", "tanh", "sigmoid", "softmax", "dropout", "lenet", "alexnet"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The whole lesson, made once."""
    place = tmp_path_factory.mktemp("lesson") / "new" / "figures"
    ended = good("lesson", "-o", str(place))
    assert "index.html" in ended.err
    return place


class Reader(HTMLParser):
    """What a page holds: its tags with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_every_figure_is_there_as_a_gif_a_still_and_a_page(folder):
    assert tuple(FIGURES) == ASKED
    made = {path.name for path in folder.iterdir()}
    assert made == {f"{name}{suffix}" for name in ASKED for suffix in (".gif", ".png", ".html")} | {"index.html"}
    for name in ASKED:
        with Image.open(folder / f"{name}.gif") as moving, Image.open(folder / f"{name}.png") as still:
            assert moving.format == "GIF"
            assert still.format == "PNG"
            assert moving.size == still.size
            assert getattr(moving, "n_frames", 1) > 1 or name == "dilated-kernel"


def test_the_numbers_are_those_of_the_lesson():
    made = {name: figure.make() for name, figure in FIGURES.items()}
    rows = np.arange(36).reshape(6, 6)
    mean = [[rows[i : i + 3, j : j + 3].sum() / 9 for j in range(4)] for i in range(4)]
    assert np.array_equal(made["plain"].output, mean)
    assert made["plain"].output[0, 0] == 7
    assert np.array_equal(made["stride-2"].output, np.array(mean)[::2, ::2])
    assert made["padding-1"].output.shape == (6, 6)
    assert np.array_equal(made["padding-1"].output[1:-1, 1:-1], mean)
    assert np.array_equal(
        made["dilation-2"].output, [[rows[i : i + 5 : 2, j : j + 5 : 2].mean() for j in (0, 1)] for i in (0, 1)]
    )
    assert made["dilated-kernel"].dilated[0].tolist() == [1, 0, 2, 0, 3]
    even, odd = 2 * np.arange(16).reshape(4, 4), 2 * np.arange(16).reshape(4, 4) + 1
    for name, of in (("average-pooling", np.mean), ("max-pooling", np.max)):
        expected = [[[of(x[i : i + 2, j : j + 2]) for j in range(3)] for i in range(3)] for x in (even, odd)]
        assert np.array_equal(made[name].output, expected)
    assert made["global-average-pooling"].output.ravel().tolist() == [15, 16]
    assert made["global-max-pooling"].output.ravel().tolist() == [30, 31]
    assert isinstance(made["lenet"], Network)
    assert (made["lenet"].parameters, made["alexnet"].stages[0].result.space) == (61706, (54, 54))


@pytest.mark.parametrize("name", ASKED)
def test_the_line_makes_what_the_figure_shows(name, tmp_path):
    figure = FIGURES[name]
    made = figure.make()
    if isinstance(made, Trace):
        ended = good(*shlex.split(figure.line), "-o", "-", "--format", "json", "-q") if not figure.curve else None
        ended = ended or good(*shlex.split(figure.line), "--input", "-", "--json", "-q", stdin=_csv(made.input))
        found = json.loads(ended.out)
        assert np.array_equal(found["output"], made.output)
        assert np.array_equal(found["input"], made.input)
    fresh = tmp_path / "fresh.gif"
    good(*shlex.split(figure.line), "-q", "-o", str(fresh))
    expected = tmp_path / "expected.gif"
    from convviz.lesson import scene
    from convviz.saving import save

    save(scene(made, "light"), expected)
    assert fresh.read_bytes() == expected.read_bytes()


def _csv(array):
    file = io.StringIO()
    np.savetxt(file, array, fmt="%d", delimiter=",")
    return file.getvalue().encode()


def test_a_still_is_one_step_whose_terms_need_no_room_to_change_in(folder):
    for name in ("dilation-2", "max-pooling"):
        expected = io.BytesIO()
        saving.write(FIGURES[name].make(), expected, ".png")
        assert (folder / f"{name}.png").read_bytes() == expected.getvalue()


def test_the_index_has_captions_words_formulas_and_lines(folder):
    page = Reader((folder / "index.html").read_text(encoding="utf-8"))
    for section, figures in SECTIONS.items():
        assert section in page.text
        for name, figure in figures.items():
            assert figure.caption in page.text
            assert f"convviz {figure.line} -o {name}.gif" in page.text
    pictures = page.all("img")
    assert {each["src"] for each in pictures} == {f"{name}.gif" for name in ASKED} | {
        f"{name}.png" for name in ("relu", "tanh", "sigmoid")
    }
    assert all(len(each["alt"]) > 40 and each["width"] == "1120" for each in pictures)
    assert all((folder / each["href"]).exists() for each in page.all("a") if not each["href"].startswith("#"))
    anchors = {each["id"] for _, each in page.tags if "id" in each}
    assert {each["href"][1:] for each in page.all("a") if each["href"].startswith("#")} <= anchors
    said = [each["alttext"] for each in page.all("math")]
    assert sum("⌊" in each for each in said) >= 8
    assert r"\left\lfloor \frac{i + 2 p - d (k - 1) - 1}{s} \right\rfloor + 1" in page.text
    assert page.text.count("import keras") == len(ASKED)
    assert 'layers.Conv2D(6, 5, padding="same", activation="sigmoid")' in page.text
    assert "nn.Conv2d(3, 96, 11, stride=4)" in page.text
    assert "step 1 of 16: output[0, 0] reads rows 0–2" in page.text or "step 1 of 16" in page.text


def test_no_page_asks_anything_of_a_network(folder):
    for path in folder.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        page = Reader(text)
        for tag in ("img", "script", "link", "iframe", "source"):
            for each in page.all(tag):
                assert not re.match("(https?:)?//", each.get("src") or each.get("href") or each.get("srcset") or "")


def test_a_theme_holds_for_pictures_and_index(tmp_path):
    good("lesson", "--theme", "dark", "-q", "-o", str(tmp_path))
    assert "--ground:#14171C" in (tmp_path / "index.html").read_text(encoding="utf-8")
    for name in ("plain", "relu", "softmax", "lenet"):
        for suffix in (".gif", ".png"):
            with Image.open(tmp_path / f"{name}{suffix}") as picture:
                assert max(picture.convert("RGB").getpixel((3, 3))) < 64


def test_without_a_folder_the_figures_are_listed():
    text = good("lesson").out.decode()
    for name, figure in FIGURES.items():
        assert re.search(rf"{name} +convviz {re.escape(figure.line)}\n", text)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--theme", "drak", "-o", "out"], "dark"),
        (["-o", ""], "output '' is empty"),
        (["-o", "taken"], "output 'taken' is a file: name a folder"),
        (["-o", "taken/in"], "output 'taken/in' can't be made"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_left(args, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    ended = run("lesson", *args)
    assert ended.code == 2
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
