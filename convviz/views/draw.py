"""Draw a layer that is no sliding window: each kind has a picture of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from convviz.dilating import Dilated
from convviz.flattening import Flattened
from convviz.masks import DenseDropout, Dropout
from convviz.normalising import BatchNorm
from convviz.probabilities import Softmax
from convviz.scene import Scene
from convviz.summary import Layer
from convviz.theme import ThemeLike
from convviz.theme import theme as theme_of
from convviz.views.panels import DESIGNED
from convviz.views.plan import Style


def draw(
    layer: Layer,
    *,
    theme: ThemeLike = "light",
    width: int = DESIGNED,
    title: str | None = None,
    steps: Sequence[int] | None = None,
    all_steps: bool = False,
    step_seconds: float | None = None,
    hold: float | None = None,
) -> Scene:
    """Draw what `softmax`, `dropout`, `dense_dropout`, `flatten`, `batch_norm` or `dilate` return, as a scene.

    The options are those of `convviz.animate`; ``steps`` below 0 are counted from the end. Raises `SettingError`, also
    for what is too large to be drawn.

    >>> from convviz import dilate, dropout
    >>> len(draw(dropout([[1, 2], [3, 4]], 0.5)).frames), len(draw(dilate([1, 2, 3])).frames)
    (4, 1)
    """
    style = Style(theme_of(theme), width, title, steps=steps, all_steps=all_steps, step_seconds=step_seconds, hold=hold)
    match layer:
        case Softmax():
            from convviz.views.softmax import draw_softmax

            return draw_softmax(layer, style)
        case Dropout():
            from convviz.views.dropout import draw_dropout

            return draw_dropout(layer, style)
        case DenseDropout():
            from convviz.views.between import draw_dense_dropout

            return draw_dense_dropout(layer, style)
        case Flattened():
            from convviz.views.flatten import draw_flatten

            return draw_flatten(layer, style)
        case BatchNorm():
            from convviz.views.batchnorm import draw_batch_norm

            return draw_batch_norm(layer, style)
        case Dilated():
            from convviz.views.dilated import draw_dilated

            return draw_dilated(layer, style)
        case _:
            assert_never(layer)
