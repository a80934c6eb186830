"""``python -m convviz``."""

from __future__ import annotations

from convviz.cli import main

if __name__ == "__main__":
    main()
