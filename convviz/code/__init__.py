"""The lines that compute a trace again: in convviz, in Keras or in PyTorch, ready to be pasted."""

from __future__ import annotations

from collections.abc import Callable

from convviz.code import in_convviz, in_keras, in_torch
from convviz.code.script import Script
from convviz.errors import SettingError
from convviz.report import head
from convviz.trace import Trace

LANGUAGES: dict[str, Callable[[Trace], Script]] = {
    "python": in_convviz.script,
    "keras": in_keras.script,
    "torch": in_torch.script,
}
ALIASES = {"pytorch": "torch", "convviz": "python"}


def code(trace: Trace, language: str) -> str:
    """Return Python that computes the same as a trace: "python" (convviz itself), "keras" or "torch".

    It ends with ``output``, in the framework's own layout, and prints it. Arrays of up to 200 values are written out,
    or as what they are, such as ``np.arange(36)``; larger ones are read from ``trace.json``, and it says how that is
    written. What a framework lacks (a maximum with uneven padding, say) is put in operations that equal it. Raises
    `SettingError` where there are none.

    >>> from convviz import max_pool2d
    >>> print(code(max_pool2d([[0, 1, 2], [3, 4, 5]], 2, stride=1), "torch"))
    # Max pooling · window k = 2 · stride s = 1 · padding p = 0 · dilation d = 1
    import torch
    import torch.nn.functional as F
    <BLANKLINE>
    x = torch.arange(6, dtype=torch.float32).reshape(1, 1, 2, 3)  # batch, channels, rows, columns
    output = F.max_pool2d(x, 2, stride=1)
    print(output)
    """
    return str(LANGUAGES[check(language)](trace).under(head(trace)[0]))


def check(language: str) -> str:
    """Return a language that is known, as the table spells it."""
    spelled = str(language).strip().lower()
    spelled = ALIASES.get(spelled, spelled)
    if spelled not in LANGUAGES:
        raise SettingError(f"code {language!r} is unknown: use one of {', '.join(LANGUAGES)}")
    return spelled
