"""Make the pictures of this folder anew, or (``--check``) say what is out of date.

usage: python gallery/make.py [--check]

What there is stands in `convviz.gallery`. Glyphs differ in a pixel between versions of FreeType, so a picture counts as
current when the settings that it carries are those of the figure made now, and hardly a pixel has another colour.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
from PIL import Image, ImageSequence

from convviz.cli import main
from convviz.gallery import GROUPS, LARGEST, PICTURES, command

FOLDER = Path(__file__).resolve().parent
LARGEST_FOLDER = 6_000_000  # bytes
ANOTHER = 96  # of 255: so far apart are other colours, and not the edges of the same letters
MOST_OTHER = 1 / 2000  # of the pixels of a frame
KEPT = {name + picture.suffix: name for name, picture in PICTURES.items() if picture.kept}
INTRODUCTION = """# Gallery

`convviz gallery NAME -o FILE` draws any of these, and options after the name are added to its line: `--theme dark`,
`--width 640`, `--step 3`. The names of the first groups are those of
[conv_arithmetic](https://github.com/vdumoulin/conv_arithmetic), the figures of Vincent Dumoulin and Francesco Visin,
*A guide to convolution arithmetic for deep learning* (2016), and the settings are theirs too.

Made by `python gallery/make.py`; the larger pictures are not kept here.
"""


def run(*words: str) -> None:
    """Run one command line in this process."""
    with patch.object(sys, "argv", ["convviz", *words]):
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise


def draw(file: str, folder: Path) -> Path:
    """Draw a picture into a folder."""
    run("gallery", KEPT[file], "-q", "-o", str(folder / file))
    return folder / file


def carried(path: Path) -> str:
    """Return the settings that a picture carries."""
    if path.suffix == ".svg":
        text = path.read_text(encoding="utf-8")
        return text[text.index("<metadata>") : text.index("</metadata>")]
    with Image.open(path) as picture:
        return str(picture.info.get("convviz") or picture.info.get("comment"))


def alike(one: Path, other: Path) -> bool:
    """Tell whether two pictures look alike: in every frame, or, of SVG, in every text."""
    if one.suffix == ".svg":
        first, second = (re.findall(r">([^<]+)<", path.read_text(encoding="utf-8")) for path in (one, other))
        return first == second
    with Image.open(one) as a, Image.open(other) as b:
        if a.size != b.size or getattr(a, "n_frames", 1) != getattr(b, "n_frames", 1):
            return False
        for left, right in zip(ImageSequence.Iterator(a), ImageSequence.Iterator(b), strict=True):
            x, y = (np.asarray(each.convert("RGB"), dtype=np.int16) for each in (left, right))
            if (np.abs(x - y).max(axis=2) > ANOTHER).mean() > MOST_OTHER:
                return False
    return True


def readme() -> str:
    """Return the page that shows the pictures."""
    lines = [INTRODUCTION]
    for heading, pictures in GROUPS.items():
        lines += [f"## {heading}", "", "| picture | what it shows, and its line |", "|---|---|"]
        for name, picture in pictures.items():
            file = name + picture.suffix
            shown = f"![{picture.caption}]({file})" if picture.kept else f"`{name}`"
            lines.append(f"| {shown} | {picture.caption}<br>`{command(name)}` |")
        lines.append("")
    return "\n".join(lines)


def stale() -> list[str]:
    """Return what is missing, too large, not what its line makes now, or not known."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for file in KEPT:
            fresh, here = draw(file, Path(folder)), FOLDER / file
            if (
                not here.exists()
                or here.stat().st_size > LARGEST
                or carried(here) != carried(fresh)
                or not alike(here, fresh)
            ):
                found.append(file)
    if (FOLDER / "README.md").read_text(encoding="utf-8") != readme():
        found.append("README.md")
    files = [path for path in FOLDER.iterdir() if path.is_file()]
    if sum(path.stat().st_size for path in files) > LARGEST_FOLDER:
        found.append("the folder, which is too large")
    return found + [path.name for path in files if path.name not in {*KEPT, "make.py", "README.md"}]


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(f"out of date: {', '.join(names)}; run gallery/make.py" if (names := stale()) else 0)
    for file in KEPT:
        path = draw(file, FOLDER)
        print(f"{path.stat().st_size:8d} {file}" + (" is too large" if path.stat().st_size > LARGEST else ""))
    (FOLDER / "README.md").write_text(readme(), encoding="utf-8")
