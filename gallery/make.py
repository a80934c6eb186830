"""Make the pictures of this folder anew, or (``--check``) say which are out of date.

usage: python gallery/make.py [--check]

Glyphs differ in a pixel between versions of FreeType, so a picture counts as current when the settings that it carries
are those of the figure made now.
"""

from __future__ import annotations

import contextlib
import shlex
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from PIL import Image

from convviz.cli import main

FOLDER = Path(__file__).resolve().parent
PICTURES = {
    "plain.gif": "conv",
    "padding-1.gif": "conv --padding 1 --width 720",
    "stride-2.gif": "conv --stride 2",
    "dilation-2.gif": "conv --dilation 2",
    "stride-2-dilation-2.gif": "conv --stride 2 --dilation 2",
    "sobel-x-dilated.png": "conv --kernel sobel-x --padding 1 --dilation 2 --step 7",
    "sobel-x-dilated-dark.svg": "conv --kernel sobel-x --padding 1 --dilation 2 --step 7 --theme dark",
    "same-is-asymmetric.png": "conv --stride 2 --padding same --step 5",
    "max-pooling.gif": "pool max --input example",
    "average-pooling.gif": "pool avg --input example --padding 1 --no-count-include-pad",
    "global-average.png": "pool global-avg --input 4x4",
    "channels.gif": "conv --channels 3 --filters 2 --bias 1,0 --stride 2 --padding 1 --width 800",
    "channels.png": "conv --channels 3 --filters 2 --bias 1,0 --stride 2 --padding 1 --step 14",
    "groups.png": "conv --channels 4 --groups 2 --filters 4 --step 39",
    "depthwise.png": "conv --channels 3 --groups depthwise --step 20",
    "pooled-channels.png": "pool max --input 4x4 --channels 2 --interleave --stride 1",
    "edges.png": "conv --input scene.png --kernel sobel-x --step 5000",
    "shaded.png": "conv --input example --kernel sobel-y --padding 1 --shade --step 20 --theme contrast",
    "causal.png": "conv --input '3 1 4 1 5 9 2 6 5 3 5 8' --kernel '1 2 3' --padding causal --dilation 2 --step 9",
    "strip.png": "conv --kernel sobel-x --strip 4 --theme print",
    "exercise.png": "conv --input 7x7 --stride 2 --blank output,size --step 5",
}


def run(command: str) -> None:
    """Run one command line in this process."""
    with contextlib.chdir(FOLDER), patch.object(sys, "argv", ["convviz", *shlex.split(command)]):
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise


def carried(path: Path) -> str:
    """Return the settings that a picture carries."""
    if path.suffix == ".svg":
        text = path.read_text()
        return text[text.index("<metadata>") : text.index("</metadata>")]
    with Image.open(path) as picture:
        return str(picture.info.get("convviz") or picture.info.get("comment"))


def stale() -> list[str]:
    """Return the pictures that are missing, too large, or not what their commands make now."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, command in PICTURES.items():
            fresh, here = Path(folder, name), FOLDER / name
            run(f"{command} -q -o {shlex.quote(str(fresh))}")
            if not here.exists() or carried(here) != carried(fresh) or here.stat().st_size > 150_000:
                found.append(name)
    known = {*PICTURES, "make.py", "README.md", "scene.png"}
    return found + [path.name for path in FOLDER.iterdir() if path.is_file() and path.name not in known]


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(f"out of date: {', '.join(names)}; run gallery/make.py" if (names := stale()) else 0)
    for name, command in PICTURES.items():
        run(f"{command} -o {shlex.quote(str(FOLDER / name))}")
    lines = [f"| ![{name}]({name}) | `convviz {command} -o {name}` |" for name, command in PICTURES.items()]
    head = "# Gallery\n\nMade by `python gallery/make.py`, in this folder; [scene.png](scene.png) was drawn for it.\n\n"
    text = head + "| picture | command |\n|---|---|\n" + "\n".join(lines) + "\n"
    (FOLDER / "README.md").write_text(text, encoding="utf-8")
