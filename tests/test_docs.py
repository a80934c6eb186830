import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import ROOT, environment, good
from PIL import Image

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if (ROOT / "docs").is_dir() else []
pytestmark = pytest.mark.skipif(
    not PAGES and os.environ.get("CI") != "true", reason="the repository's pages are not here"
)
assert PAGES or os.environ.get("CI") != "true", "the repository's pages are not here, and CI=true: every test must run"
FENCE = re.compile(r"^(`{3,}|:{3,})([^\n]*)\n(.*?)^\1 *$", re.MULTILINE | re.DOTALL)
OURS = "{figure-of}"


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the fenced blocks of a page: (what stands behind the fence, what is in it), nested ones too."""
    found = []
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        found.append((match[2].strip(), match[3]))
        found += [(inner[2].strip(), inner[3]) for inner in FENCE.finditer(match[3])]
    return found


def lines(page: Path) -> list[str]:
    """Return every line of a page that calls convviz, without ``convviz``; those of pictures make a still."""
    found = []
    for info, text in blocks(page):
        if info == "sh" or info.startswith("sh "):
            found += [line.removeprefix("convviz ") for line in text.splitlines() if line.startswith("convviz ")]
        elif not info or info == "console":
            found += [line.removeprefix("convviz ") for line in text.splitlines() if re.match("convviz [a-z]", line)]
        elif info.startswith(OURS):
            suffix = "html" if ":live:" in text else "svg"
            found.append(f"{info.removeprefix(OURS).strip()} -q -o shown.{suffix}")
    return found


def called(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which lie the files that the pages speak of."""
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (24, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("photo.png")
    (tmp_path / "night.toml").write_text(
        next(text for info, text in blocks(ROOT / "docs" / "themes.md") if info == "toml"), encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_every_line_runs(page, folder):
    for line in lines(page):
        try:
            good(*shlex.split(line, comments=True))
        except AssertionError as problem:
            pytest.fail(f"convviz {line}: {problem}")


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")], ids=called
)
def test_every_block_of_python_runs(page, folder, capsys):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    names: dict[str, object] = {}
    for info, text in blocks(page):
        if info == "python":
            exec(compile(text, called(page), "exec"), names)
    if "pyplot" in vars(matplotlib):
        matplotlib.pyplot.close("all")


def test_the_pages_have_lines_to_run():
    assert sum(map(len, map(lines, PAGES))) > 90
    assert any(line.startswith("network lenet") for page in PAGES for line in lines(page))


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_what_a_page_links_to_is_there(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_the_list_of_python_names_is_whole():
    import convviz

    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\.\. auto\w+:: convviz\.(\w+)", text, re.MULTILINE))
    public = {re.sub("[13]d$", "2d", name) for name in convviz.__all__ if not name.startswith("_")}
    assert listed == public


def test_the_pages_are_built_without_a_warning_and_fetch_nothing(tmp_path):
    """The lesson's first page stands for all, which take a minute: the checks build them."""
    if any(importlib.util.find_spec(name) is None for name in ("sphinx", "furo", "myst_parser")):
        pytest.skip("the extra for the documentation is not installed")
    source = tmp_path / "docs"
    (source / "lesson").mkdir(parents=True)
    for name in ("conf.py", "_ext", "_static"):
        (source / name).symlink_to(ROOT / "docs" / name)
    (source / "index.md").write_text(
        "# Start\n\n```{toctree}\n\nlesson/one\n```\n\n```{commands}\n```\n", encoding="utf-8"
    )
    (source / "lesson" / "one.md").write_text(
        "# One\n\n```{figure-of} conv --stride 2\n:name: two\n\nA *caption*.\n```\n\n"
        "```{figure-of} conv\n:name: play\n:live:\n```\n\n```{formula} ⌊n/s⌋\n```\n",
        encoding="utf-8",
    )
    out = tmp_path / "built"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(source), str(out)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert ended.returncode == 0, ended.stderr
    page = (out / "lesson" / "one.html").read_text(encoding="utf-8")
    assert 'src="../_figures/two.gif" alt="Convolution: kernel k = 3 · stride s = 2' in page
    assert 'src="../_figures/two-dark.gif"' in page
    assert 'srcset="../_figures/two.png"' in page
    assert (out / "_figures" / "two.gif").read_bytes().startswith(b"GIF89a")
    assert "<iframe" in page
    assert "play.html" in page
    assert "<math" in page
    assert "convviz conv --stride 2 -o two.gif" in re.sub("<[^>]+>", "", page)
    commands = (out / "index.html").read_text(encoding="utf-8")
    assert "--no-count-include-pad" in commands
    assert 'id="convviz-explain-pool"' in commands
