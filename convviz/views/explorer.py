"""The payload of a page on which settings are chosen: every payload there is, what they share written once.

`embedded` returns one mapping:

``schema``, ``title``, ``description``, ``words``
    as in `convviz.views.page`; the words are those of the sliders.
``first``
    what is shown first, whole: ``set``, ``at``, ``payload``, and ``beside``, which says for each setting and each of
    its values why that is refused beside the others.
``parts``, ``texts``, ``lines``
    every value that stands in any of the payloads, once. Long texts, in the order of the alphabet, are much like the
    one before them, and stand in ``texts`` as ``[place in parts, start, end, middle]``: so many characters of the one
    before, from its start and from its end, go round the middle. Texts of several lines stand in ``lines`` as ``[place
    in parts, places of the lines]``.
``sets``
    for each operation: ``name``, ``label``; ``settings`` (each with ``name``, ``label``, ``texts``, ``named``);
    ``start``; ``columns``; ``refused``.

A choice is a list of places, one a setting. A column is ``[path, by, parts]``: where in the payload the value stands;
which settings it depends on; and, for each choice of these in order (the last fastest), which part it is, −1 for none.
``refused`` holds the reasons of choices that there are not: from the place of a choice among all of them to a part.
So a payload is put together by looking up, and by nothing else.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from convviz import page_words
from convviz.errors import SettingError
from convviz.exploring import MOST, At, Exploration
from convviz.numbers import times
from convviz.views.page import payload

Path: TypeAlias = tuple[str | int, ...]
LONG = 24  # characters: longer texts are written as what differs from the one before


def embedded(sets: Sequence[Exploration], tick: Callable[[int], None] | None = None, **options: Any) -> dict[str, Any]:
    """Return the payload of a page on which each of these can be explored; ``options`` as in `payload`.

    ``tick`` is told how many choices are done. Raises `SettingError`.

    >>> from convviz import max_pool2d
    >>> from convviz.exploring import exploration
    >>> made = embedded([exploration(max_pool2d, range(2, 4), range(2, 4), stride=1)])
    >>> made["sets"][0]["settings"][0]["texts"], len(made["sets"][0]["refused"])
    (('2×2', '3×3'), 1)
    """
    number = sum(each.size for each in sets)
    if number > MOST:
        raise SettingError(f"{number} choices of settings are too many for a page: explore at most {MOST}")
    parts = _Parts()
    done = itertools.count(1)

    def told() -> None:
        if tick is not None:
            tick(next(done))

    columns = [_set(each, parts, told, options) for each in sets]
    operations = ", ".join(each.label.lower() for each in sets)
    settings = ", ".join(dict.fromkeys(setting.label.lower() for each in sets for setting in each.settings))
    words = page_words.EXPLORER
    return {
        "schema": 1,
        "title": options.get("title") or words["explore title"].format(operations=operations),
        "description": words["explore about"].format(operations=operations, settings=settings),
        "words": words,
        "first": answer(sets, 0, sets[0].start, **options),
        "parts": parts.short,
        "texts": parts.texts(),
        "lines": parts.lines,
        "sets": columns,
    }


def answer(sets: Sequence[Exploration], number: int, at: At, **options: Any) -> dict[str, Any]:
    """Return what the sliders show of a choice: its payload and what is refused beside it, or why it is refused."""
    chosen = sets[number]
    try:
        made = payload(chosen.trace(at), **options)
    except SettingError as problem:
        return {"refused": str(problem)}

    def sizes(place: At) -> tuple[Sequence[int], Sequence[int]] | None:
        try:
            window = chosen.trace(place).window
        except SettingError:
            return None
        return window.size, window.out

    made["hint"] = hint(chosen, at, sizes)
    return {"set": number, "at": list(at), "payload": made, "beside": chosen.beside(at)}


def about(each: Exploration) -> dict[str, Any]:
    """Return what the sliders of one operation need to know beside its payloads."""
    settings = [{"name": one.name, "label": one.label, "texts": one.texts, "named": one.named} for one in each.settings]
    return {"name": each.name, "label": each.label, "settings": settings, "start": each.start}


def _set(each: Exploration, parts: _Parts, told: Callable[[], None], options: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[At, dict[str, Any]] = {}
    refused: dict[int, int] = {}
    for number, at in enumerate(each.places()):
        try:
            found[at] = payload(each.trace(at), **options)
        except SettingError as problem:
            refused[number] = parts.place(str(problem))
        told()
    if not found:
        raise SettingError(f"every choice is refused; the first, because {parts.values[refused[0]]}")
    sizes = {at: (one["input"]["shape"][1:], one["output"]["shape"][1:]) for at, one in found.items()}
    for at, one in found.items():
        one["hint"] = hint(each, at, sizes.get)
    numbers = [len(one.values) for one in each.settings]
    columns = []
    for path in _paths(list(found.values())):
        places = {at: parts.place(*value) if (value := _look(one, path)) else -1 for at, one in found.items()}
        by = _depends(places, len(numbers))
        known = {tuple(at[axis] for axis in by): place for at, place in places.items()}
        choices = itertools.product(*(range(numbers[axis]) for axis in by))
        columns.append([path, by, [known.get(choice, -1) for choice in choices]])
    return about(each) | {"columns": columns, "refused": refused}


def hint(each: Exploration, at: At, sizes: Callable[[At], tuple[Sequence[int], Sequence[int]] | None]) -> str:
    """Return which other padding would keep the size of the input; nothing where it is kept, or none keeps it.

    ``sizes`` gives those of the input and of the output of a choice, None for one that is refused.
    """
    for number, one in enumerate(each.settings):
        if one.name != "padding":
            continue
        for place in range(len(one.values)):
            found = sizes((*at[:number], place, *at[number + 1 :]))
            if found is None or found[0] != found[1]:
                continue
            if place == at[number]:
                return ""
            size = times([side for side in found[0] if side > 1])
            return page_words.EXPLORER["keeps"].format(label=one.label, value=one.texts[place], size=size)
    return ""


def _depends(places: Mapping[At, int], rank: int) -> list[int]:
    """Return the settings on which a value depends: the others are left out, one after another."""
    by = list(range(rank))
    for axis in range(rank):
        fewer = [each for each in by if each != axis]
        known: dict[At, int] = {}
        if all(known.setdefault(tuple(at[one] for one in fewer), place) == place for at, place in places.items()):
            by = fewer
    return by


def _paths(values: Sequence[Any]) -> list[Path]:
    """Return the paths to the parts of values: as deep as all of them have the same shape."""
    first = values[0]
    if all(value is first or value == first for value in values):
        return [()]
    keys: Iterable[str | int]
    if all(isinstance(value, dict) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
    elif all(isinstance(value, list) and len(value) == len(first) for value in values) and isinstance(
        first[0] if first else None, (dict, list, str)
    ):
        keys = range(len(first))
    else:
        return [()]
    found: list[Path] = []
    for key in keys:
        inner = [value[key] for value in values if isinstance(key, int) or key in value]
        found += [(key, *path) for path in _paths(inner)]
    return found


def _look(value: Any, path: Path) -> tuple[Any] | None:
    """Return what stands at the end of a path, in a tuple of its own; None where the path ends before."""
    for key in path:
        if isinstance(value, dict) and key not in value:
            return None
        value = value[key]
    return (value,)


class _Parts:
    """Values, each of them once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.lines: list[tuple[int, list[int]]] = []
        self._known: dict[str, int] = {}

    def place(self, value: Any) -> int:
        """Return where a value stands; a new one is added at the end."""
        text = json.dumps(value, sort_keys=True)
        if text not in self._known:
            self._known[text] = place = len(self.values)
            self.values.append(value)
            if isinstance(value, str) and "\n" in value:
                self.lines.append((place, [self.place(line) for line in value.split("\n")]))
        return self._known[text]

    @property
    def short(self) -> list[Any]:
        """The values, with nothing where a long text stands."""
        several = {place for place, _ in self.lines}
        return [None if _is_long(value) or place in several else value for place, value in enumerate(self.values)]

    def texts(self) -> list[tuple[int, int, int, str]]:
        """Return the long texts, each as what differs from the one before."""
        found = []
        before = ""
        for value, place in sorted((value, place) for place, value in enumerate(self.values) if _is_long(value)):
            start = _alike(before, value)
            end = min(_alike(before[::-1], value[::-1]), len(before) - start, len(value) - start)
            found.append((place, start, end, value[start : len(value) - end]))
            before = value
        return found


def _is_long(value: Any) -> bool:
    """Say whether a value is a long text of one line, of characters that JavaScript counts as one each."""
    return isinstance(value, str) and "\n" not in value and len(value) > LONG and max(value) <= "\uffff"


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts share at their start."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
