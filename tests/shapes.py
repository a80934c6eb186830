"""A figure with lines and polygons in it: over cells, over the edge of the canvas, settled and moving."""

import math
from dataclasses import replace

import convviz
from convviz import Scene, animate
from convviz.scene import Frame, Line, Mark, Polygon

ROLES = ("window", "current", "tap", "output", "ink")


def star(x: float, y: float, radius: float, turn: float) -> tuple[tuple[float, float], ...]:
    """Return the corners of a star of five points, which bends inwards."""
    radii = [radius if number % 2 == 0 else radius * 0.45 for number in range(10)]
    angles = [turn + number * math.pi / 5 for number in range(10)]
    return tuple((x + r * math.sin(a), y - r * math.cos(a)) for r, a in zip(radii, angles, strict=True))


def shapes() -> Scene:
    """Return the default figure with shapes over it."""
    scene = animate(convviz.conv2d([[n * 6 + m for m in range(6)] for n in range(6)], [[1, 2], [0, -1]]))
    base: list[Mark] = [
        Line(((60.0, 110.5), (700.0, 110.5)), "frame", 1, tag="straight"),
        Line(((60.0, 116.0), (700.5, 119.0)), "window", 2, (12, 5), "dashed"),
        Polygon(((900, 470), (1000.5, 430), (1100, 470), (1000.5, 510.3)), "input", "frame", 2, "box"),
        Polygon(((900, 470), (1000.5, 510.3), (1000.5, 560), (900, 520)), "tap", "frame", 2, "box"),
        Polygon(((-30, 600), (40, 560), (30, 700)), "output", tag="over the edge"),
        Polygon(((1200, -50), (1300, -50), (1250, -10)), "output", "ink", 3, tag="elsewhere"),
    ]
    frames = []
    for number, frame in enumerate(scene.frames):
        x, y = 300 + 14 * number, 200 + 9.3 * number
        settled = Line(((40 + number * 15, 480), (52 + number * 15, 520 - 3 * number)), ROLES[number % 5], 2.5)
        moving = (
            Polygon(star(x, y, 60, number / 5), ROLES[(number + 1) % 5], "frame", 1.5, "star"),
            Line(((x, y), (x + 80, y - 30), (x + 90, y + 75), (1130, y)), "muted", 3, tag="bent"),
            Line(((x, y), (x - 200, y + 60)), "lit", 1, (3, 3, 9), "finely dashed"),
        )
        frames.append(Frame((*frame.settled, settled), (*frame.moving, *moving), frame.seconds))
    pairs = [(role, on) for role in ROLES for on in ("ground", "frame")]
    return replace(scene, base=(*scene.base, *base), frames=frames, inks=[*scene.inks, *pairs])
