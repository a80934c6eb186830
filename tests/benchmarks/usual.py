"""The baseline: what one writes without convviz, matplotlib's FuncAnimation and PillowWriter, drawing the same content.

usage: python usual.py SIDE PADDING FRAMES OUT.gif   (FRAMES: how many of the steps to draw)
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.patches import Rectangle


def main(side: int, padding: int, frames: int, out: str) -> None:
    """Draw a 3×3 mean over 0, 1, 2…"""
    values = np.arange(side * side).reshape(side, side)
    padded = np.pad(values, padding)
    size = side + 2 * padding - 2
    result = np.full((size, size), np.nan)
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11.2, 6.3), dpi=100, width_ratios=[side + 2, 3, size])
    type_size = max(4, 130 / (side + 2 * padding))

    def grid(axes: plt.Axes, numbers: np.ndarray, colour: str, window: tuple[int, int, int] | None) -> None:
        axes.clear()
        axes.axis("off")
        rows, columns = numbers.shape
        axes.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -0.1), aspect="equal")
        for row in range(rows):
            for column in range(columns):
                inside = (
                    window and window[0] <= row < window[0] + window[2] and window[1] <= column < window[1] + window[2]
                )
                face = "#F7B64A" if inside else colour
                axes.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor="#808A99", linewidth=0.8))
                value = numbers[row, column]
                if not np.isnan(value):
                    text = f"{value:.2f}".rstrip("0").rstrip(".")
                    axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=type_size)
        if window:
            box = Rectangle(window[1::-1], window[2], window[2], fill=False, edgecolor="#A84300", linewidth=3)
            axes.add_patch(box)

    def draw(step: int) -> None:
        row, column = divmod(step, size)
        seen = padded[row : row + 3, column : column + 3]
        result[row, column] = seen.sum() / 9
        grid(left, padded.astype(float), "#E4EFFB", (row, column, 3))
        grid(middle, np.ones((3, 3)), "#FBE3C0", None)
        grid(right, result, "#D9F0E4", (row, column, 1))
        terms = " + ".join(str(value) for value in seen.ravel())
        figure.suptitle(f"output[{row}, {column}] = ({terms}) / 9 = {result[row, column]:.2f}", y=0.08)

    FuncAnimation(figure, draw, frames=frames).save(out, writer=PillowWriter(fps=2))


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:4]), sys.argv[4])
