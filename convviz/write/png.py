"""A PNG of one step."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from convviz.scene import Scene
from convviz.write.embed import embedded
from convviz.write.raster import Raster


def write(scene: Scene, file: BinaryIO, step: int, tick: Callable[[int], None]) -> None:
    """Write frame ``step``."""
    raster = Raster(scene)
    canvas = raster.blank()
    raster.paint(scene.at(step), canvas)
    picture = Image.fromarray(canvas)
    picture.putpalette(raster.palette)
    info = PngInfo()
    info.add_text("Title", scene.title)
    info.add_itxt("Description", scene.description)
    info.add_text("convviz", embedded(scene).decode())
    picture.save(file, "PNG", pnginfo=info, bits=8, optimize=True)
