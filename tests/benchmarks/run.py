"""Speed and size, each against its baseline in the same run, in CPU time.

usage: python tests/benchmarks/run.py [--quick]

Needs matplotlib (installed with convviz) for the usual way of making such a GIF, gifsicle for sizes, and PyTorch for
the numeric core; a line whose baseline is missing says so. Machines are noisy: read ratios, not seconds.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
HERE = Path(__file__).parent
QUICK = "--quick" in sys.argv
EMPTY = """
import typer
app = typer.Typer()
@app.command()
def main(number: int = typer.Option(1, "--number")) -> None:
    import numpy, PIL.ImageFont
app()
"""


def cpu(command: list[str], times: int = 5) -> tuple[float, int]:
    """Return the least CPU seconds of a process (noise only adds), and its largest memory in MiB."""
    seconds, memory = [], 0
    for _ in range(1 if QUICK else times):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"failed: {' '.join(command)}")
        seconds.append(usage.ru_utime + usage.ru_stime)
        memory = max(memory, usage.ru_maxrss // 1024)
    return min(seconds), memory


def line(what: str, value: float, bar: float, unit: str = "×", *, least: bool = False) -> None:
    """Print one figure beside its bar."""
    good = value >= bar if least else value <= bar
    print(f"{'ok ' if good else 'NO '} {what:72} {value:9.2f} {unit:4} ({'at least' if least else 'at most'} {bar:g})")


def figures(folder: Path) -> None:
    """Time GIFs against an empty command and against the usual way."""
    convviz = [sys.executable, "-m", "convviz", "conv", "-q"]
    usual = [sys.executable, str(HERE / "usual.py")]
    small, middle, large = (str(folder / name) for name in ("small.gif", "middle.gif", "large.gif"))
    sixteen = ["--input", "16x16", "--padding", "1"]
    many = ["--input", "64x64", "--padding", "1", "--width", "1600"]

    empty, _ = cpu([sys.executable, "-c", EMPTY], 9)
    whole, _ = cpu([*convviz, "-o", small], 9)
    line("16 frames, whole process, against an empty command", whole / empty, 1.5)
    theirs, _ = cpu([*usual, "6", "0", "16", str(folder / "usual.gif")], 3)
    theirs_few, _ = cpu([*usual, "6", "0", "4", str(folder / "usual.gif")], 3)
    still, _ = cpu([*convviz, "--step", "first", "-o", str(folder / "one.png")], 9)
    line("16 frames, whole process, the usual way against it", theirs / whole, 8, least=True)
    a_frame = (theirs - theirs_few) / 12
    line("16 frames, a frame, the usual way against it", a_frame / ((whole - still) / 15), 60, least=True)

    ours, _ = cpu([*convviz, *sixteen, "--all-steps", "-o", middle])
    still, _ = cpu([*convviz, *sixteen, "--step", "first", "-o", str(folder / "one.png")])
    theirs, _ = cpu([*usual, "16", "1", "10", str(folder / "usual.gif")], 3)
    theirs_few, _ = cpu([*usual, "16", "1", "2", str(folder / "usual.gif")], 3)
    a_frame = (theirs - theirs_few) / 8
    line("256 frames, a frame, the usual way against it", a_frame / ((ours - still) / 255), 400, least=True)

    ours, memory = cpu([*convviz, *many, "--all-steps", "-o", large], 1)
    line("4096 frames, a frame, start-up included", ours / 4096 * 1000, 4, "ms")
    line("4096 frames, memory", memory, 100, "MiB")
    _, few = cpu([*convviz, "--input", "32x64", "--padding", "1", "--width", "1600", "--all-steps", "-o", small], 1)
    line("4096 frames, memory against 2048 frames", memory / few, 1.05)

    cpu([*convviz, "-o", small], 1)
    line("16 frames, size of a frame", Path(small).stat().st_size / 16 / 1000, 6, "kB")
    if shutil.which("gifsicle"):
        for name, file, bar in (("16", small, 1.05), ("256", middle, 1.05), ("4096", large, 1.15)):
            best = folder / "best.gif"
            subprocess.run(["gifsicle", "-w", "-O3", file, "-o", str(best)], check=True)
            line(f"{name} frames, size against gifsicle -O3", Path(file).stat().st_size / best.stat().st_size, bar)
    else:
        print("--  gifsicle is not here: sizes are not compared")


def planes_and_photos(folder: Path) -> None:
    """Time and weigh figures of several channels, and of a photo, one frame a row."""
    import numpy as np
    from PIL import Image

    convviz = [sys.executable, "-m", "convviz", "conv", "-q"]
    gif, png = str(folder / "figure.gif"), str(folder / "figure.png")
    channels = ["--channels", "3", "--filters", "2", "--bias", "1,0", "--stride", "2", "--padding", "1"]
    waves = np.add.outer(np.sin(np.arange(256) / 19) * 60, np.cos(np.arange(256) / 23) * 50) + 128
    noise = np.random.default_rng(0).normal(0, 6, waves.shape)
    Image.fromarray(np.clip(waves + noise, 0, 255).astype(np.uint8)).save(folder / "photo.png")
    photo = ["--input", str(folder / "photo.png"), "--kernel", "sobel-x"]
    for name, typed, frames, milliseconds, kilobytes in (
        ("3 channels × 2 filters", channels, 18, 4.0, 6),
        ("256×256 photo, a frame a row", photo, 254, 2.0, 4),
    ):
        picked = ["--steps", "rows"] if typed is photo else []
        ours, _ = cpu([*convviz, *typed, *picked, "-o", gif])
        still, _ = cpu([*convviz, *typed, "--step", "first", "-o", png])
        line(f"{name}, a frame", (ours - still) / frames * 1000, milliseconds, "ms")
        size = Path(gif).stat().st_size / 1000
        line(f"{name}, size of a frame", size / frames, kilobytes, "kB")
    line("256×256 photo, size", size, 1500, "kB")


def core() -> None:
    """Time the numeric core against PyTorch, one thread each."""
    try:
        import torch
    except ImportError:
        print("--  PyTorch is not here: the numeric core is not compared")
        return
    import numpy as np

    import convviz

    torch.set_num_threads(1)
    random = np.random.default_rng(0)

    def against(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
        """Return our CPU time over theirs, each the least of many, in turn so that both meet the same machine."""
        took: dict[Callable[[], object], list[float]] = {ours: [], theirs: []}
        for number in range(41):
            for run in (ours, theirs):
                start = time.process_time()
                run()
                if number:
                    took[run].append(time.process_time() - start)
        return min(took[ours]) / min(took[theirs])

    their = torch.nn.functional
    for name, channels, filters, side, bar in (
        ("512×512, k3", 1, 1, 512, 1.0),
        ("64→64 channels, 56×56, k3", 64, 64, 56, 1.6),
    ):
        x = random.standard_normal((1, channels, side, side)).astype(np.float32)
        w = random.standard_normal((filters, channels, 3, 3)).astype(np.float32)
        tx, tw = torch.from_numpy(x), torch.from_numpy(w)
        ratio = against(
            lambda x=x, w=w: convviz.conv2d(x, w, padding=1), lambda x=tx, w=tw: their.conv2d(x, w, padding=1)
        )
        line(f"convolution {name}, float32, against PyTorch", ratio, bar)
    for side, settings in (
        (3, {"stride": 1}),
        (3, {"stride": 2, "padding": 1}),
        (4, {"stride": 2}),
        (2, {"stride": 2}),
    ):
        w = random.standard_normal((64, 64, side, side)).astype(np.float32)
        tw = torch.from_numpy(w)
        ratio = against(
            lambda w=w, own=settings: convviz.conv_transpose2d(x, w, **own),
            lambda w=tw, own=settings: their.conv_transpose2d(tx, w, **own),
        )
        said = ", ".join(f"{name} {value}" for name, value in settings.items())
        line(f"transposed convolution 64→64 channels, 56×56, k{side}, {said}", ratio, 3.0)
    once = {"max_pool2d": [(2,), (3,)], "avg_pool2d": [(2,), (3,)]}
    once |= {"adaptive_max_pool2d": [(7,), (5,), (1,)], "adaptive_avg_pool2d": [(7,), (5,), (20,), (1,)]}
    once |= {"lp_pool2d": [(1, 2), (2, 2), (2, 3), (3, 3), (1.5, 2), (2.5, 3), (1.7, 2), (5, 2)]}
    above = {("adaptive_avg_pool2d", (1,)): 4.5}  # the copy of the input that a trace keeps takes as long as PyTorch
    for operation, calls in once.items():
        for call in calls:
            ours, theirs = getattr(convviz, operation), getattr(their, operation)
            ratio = against(lambda f=ours, a=call: f(x, *a), lambda f=theirs, a=call: f(tx, *a))
            said = f"{operation} {', '.join(map(str, call))}, 64 channels, 56×56, against PyTorch"
            line(said, ratio, above.get((operation, call), 1.0))
    for operation in ("max_pool2d", "avg_pool2d"):
        own: dict[str, int] = {"stride": 2, "padding": 1}
        ours, theirs = getattr(convviz, operation), getattr(their, operation)
        ratio = against(lambda f=ours, own=own: f(x, 3, **own), lambda f=theirs, own=own: f(tx, 3, **own))
        line(f"{operation} 3, stride 2, padding 1, 64 channels, 56×56, against PyTorch", ratio, 1.0)
    kept, places = their.max_pool2d(tx, 2, return_indices=True)
    ratio = against(
        lambda: convviz.max_unpool2d(kept.numpy(), places.numpy(), 2), lambda: their.max_unpool2d(kept, places, 2)
    )
    line("max_unpool2d 2, 64 channels, 28×28, against PyTorch (which checks no index)", ratio, 3.5)


if __name__ == "__main__":
    import convviz

    compileall.compile_dir(Path(convviz.__file__).parent, quiet=1)  # as pip leaves it
    with tempfile.TemporaryDirectory() as temporary:
        figures(Path(temporary))
        planes_and_photos(Path(temporary))
    core()
