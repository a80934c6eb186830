"""Pictures of what convolution and pooling do, step by step, with the right numbers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from convviz.dilating import dilate
    from convviz.errors import ConvvizError, FileError, SettingError
    from convviz.flattening import flatten
    from convviz.kernels import kernel
    from convviz.masks import dense_dropout, dropout
    from convviz.networks import Network, network
    from convviz.normalising import batch_norm
    from convviz.notebook import explore
    from convviz.ops import (
        activation,
        adaptive_avg_pool1d,
        adaptive_avg_pool2d,
        adaptive_avg_pool3d,
        adaptive_max_pool1d,
        adaptive_max_pool2d,
        adaptive_max_pool3d,
        avg_pool1d,
        avg_pool2d,
        avg_pool3d,
        conv1d,
        conv2d,
        conv3d,
        conv_transpose1d,
        conv_transpose2d,
        conv_transpose3d,
        dense,
        global_avg_pool1d,
        global_avg_pool2d,
        global_avg_pool3d,
        global_max_pool1d,
        global_max_pool2d,
        global_max_pool3d,
        lp_pool1d,
        lp_pool2d,
        lp_pool3d,
        max_pool1d,
        max_pool2d,
        max_pool3d,
        max_unpool1d,
        max_unpool2d,
        max_unpool3d,
        min_pool1d,
        min_pool2d,
        min_pool3d,
        upsample_nearest1d,
        upsample_nearest2d,
        upsample_nearest3d,
    )
    from convviz.pipelines import Pipeline, pipeline
    from convviz.probabilities import softmax
    from convviz.report import alt_text, transcript
    from convviz.saving import save
    from convviz.scene import Scene
    from convviz.separable import separable_conv1d, separable_conv2d, separable_conv3d
    from convviz.theme import Theme
    from convviz.trace import Step, Trace
    from convviz.views.curve import plot_activation
    from convviz.views.draw import draw
    from convviz.views.kinds import animate
    from convviz.views.network import architecture
    from convviz.views.pipeline import follow
    from convviz.views.strip import strip

_HOMES = {
    "convviz.dilating": ("dilate",),
    "convviz.flattening": ("flatten",),
    "convviz.masks": ("dense_dropout", "dropout"),
    "convviz.normalising": ("batch_norm",),
    "convviz.probabilities": ("softmax",),
    "convviz.views.curve": ("plot_activation",),
    "convviz.views.draw": ("draw",),
    "convviz.errors": ("ConvvizError", "FileError", "SettingError"),
    "convviz.kernels": ("kernel",),
    "convviz.networks": ("Network", "network"),
    "convviz.notebook": ("explore",),
    "convviz.ops": (
        "activation",
        "dense",
        *(
            f"{name}{rank}d"
            for name in (
                "conv",
                "conv_transpose",
                "upsample_nearest",
                "max_pool",
                "min_pool",
                "avg_pool",
                "lp_pool",
                "adaptive_max_pool",
                "adaptive_avg_pool",
                "global_max_pool",
                "global_avg_pool",
                "max_unpool",
            )
            for rank in (1, 2, 3)
        ),
    ),
    "convviz.saving": ("save",),
    "convviz.separable": ("separable_conv1d", "separable_conv2d", "separable_conv3d"),
    "convviz.scene": ("Scene",),
    "convviz.theme": ("Theme",),
    "convviz.trace": ("Step", "Trace"),
    "convviz.report": ("alt_text", "transcript"),
    "convviz.pipelines": ("Pipeline", "pipeline"),
    "convviz.views.network": ("architecture",),
    "convviz.views.pipeline": ("follow",),
    "convviz.views.kinds": ("animate",),
    "convviz.views.strip": ("strip",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: PLE0604 (made from the table above)
    "__version__",
    *_HOME_OF,
]


def __getattr__(name: str) -> Any:
    """Load a name when it is asked for: importing convviz loads nothing else."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'convviz' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
