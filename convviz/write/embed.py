"""What a file says of itself: the settings of its figure, so that it can be made again."""

from __future__ import annotations

import json

from convviz.scene import Scene


def embedded(scene: Scene) -> bytes:
    """Return the settings as JSON in ASCII, the same for the same figure."""
    return json.dumps(dict(scene.settings), separators=(",", ":"), sort_keys=True).encode("ascii")
