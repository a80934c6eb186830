"""In which tables the grids of a figure may stand: channels and groups as rows or as columns, slices wrapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convviz.views.panels import GAP, TIGHT, Item, Table

BEFORE_KERNEL, BEFORE_OUTPUT, WITHOUT_KERNEL = 62, 52, 124  # joints, with room for a sign or a word
BESIDE_LENS, BEFORE_SUM, AFTER_SUM = 48, 18, 54
COMPACT = 44  # both joints, in tiles
ROWS = 6  # between rows of planes, which have their labels too
UNDER = 12  # between what stands under one another and belongs together
STRIPS = 22  # between strips
STRIP_GAP = 48  # between strips under a lens, with room for a sign
LEFT_OUT = 56  # between planes of which others are left out
MOST_WRAPS = 4
BETWEEN_GROUPS = 24
LANE = 16  # room for the line that shows what a group reads
WIDE = 1.5  # times as many columns as rows: such grids may stand under one another
EQUALS = 34  # room for the sign beside an output under its kernel


class Planes(NamedTuple):
    """The planes of one kind that belong together: how many, of which size, and what is said of each."""

    number: int
    rows: int
    columns: int
    labels: tuple[str, ...]
    caption: int = 0
    top: int = 0
    left: int = 0
    least: float = 0
    grows: int = 0
    high: int = 0
    tail: int = 0
    foot: int = 0
    gap: int = GAP

    def item(self, name: str, down: int = 1, **place: int) -> Item:
        """Return the planes as one item, ``down`` of them under one another."""
        across = -(-self.number // down)
        plain = self._asdict()
        plain.pop("number")
        many = bool(place.pop("one_of_many", 0)) or self.number > 1
        for room in ("tail", "foot"):
            plain[room] += place.pop(room, 0)
        return Item(name, **plain, down=down, across=across, one_of_many=many, **place)  # type: ignore[arg-type]


class Facts(NamedTuple):
    """What a figure has to show: a tuple for each group, and in it, of the input and the kernel, one for each channel.

    ``lens``: an item that shows the window at full size and stands for the kernel. ``sum_box``, ``bias_box``: the room
    of what a channel adds, and of the bias. ``elided``: channels are left out. ``compact``: with little between grids.
    ``strips``: rows of cells. ``shift``: of the output of strips, in cells. ``operator``: designed width of the sign or
    word that stands before a kernel, or before an output without one.
    """

    inputs: Sequence[Sequence[Planes]]
    kernels: Sequence[Sequence[Planes]]
    outputs: Sequence[Planes]
    fraction: float = 0
    below: bool = False
    lens: Item | None = None
    sum_box: tuple[int, int] = (0, 0)
    bias_box: tuple[int, int] = (0, 0)
    elided: bool = False
    compact: bool = False
    strips: bool = False
    shift: float = 0.0
    operator: int = 0


def tables(facts: Facts) -> list[Table]:
    """Return the tables, the plainest first."""
    if len(facts.inputs) > 1:
        return [*_groups_as_rows(facts), *_groups_as_columns(facts)]
    if len(facts.inputs[0]) > 1:
        found = [*_channels_as_columns(facts), *_channels_as_rows(facts)]
        return [*_channels_as_strips(facts), *found] if facts.strips and not facts.lens else found
    if facts.strips:
        return [*_under_one_another(facts), *_side_by_side(facts)]
    first = facts.inputs[0][0]
    wide = first.number == 1 and first.columns >= WIDE * first.rows and not facts.compact
    return [*_side_by_side(facts), *(_under_one_another(facts) if wide else ())]


def wraps(count: int) -> list[int]:
    """Return in how many rows so many planes may stand: one first."""
    found = [down for down in range(1, count + 1) if -(-count // -(-count // down)) == down]
    return found if len(found) <= MOST_WRAPS else [*found[: MOST_WRAPS - 1], count]


def _joints(facts: Facts) -> tuple[float, ...]:
    if facts.lens:
        return (BESIDE_LENS, BESIDE_LENS + 8)
    if not facts.kernels:
        return (max(WITHOUT_KERNEL, facts.operator / TIGHT),)
    if facts.compact:
        return (COMPACT + facts.fraction, COMPACT)
    return (BEFORE_KERNEL + facts.fraction, BEFORE_OUTPUT)


def _side_by_side(facts: Facts) -> Iterator[Table]:
    first, output = facts.inputs[0][0], facts.outputs[0]
    kernel = facts.kernels[0][0] if facts.kernels else None
    last = 2 if kernel or facts.lens else 1
    for kernel_down in wraps(kernel.number) if kernel and not facts.lens else [1]:
        for input_down in wraps(first.number):
            for output_down in wraps(output.number):
                items = [first.item("input", input_down)._replace(below=facts.below)]
                if facts.lens:
                    items.append(facts.lens._replace(column=1))
                elif kernel:
                    items.append(kernel.item("kernel", kernel_down, column=1)._replace(below=facts.below))
                items.append(output.item("output", output_down, column=last)._replace(below=facts.below))
                yield Table(tuple(items), _joints(facts))


def _under_one_another(facts: Facts) -> Iterator[Table]:
    first, output = facts.inputs[0][0], facts.outputs[0]
    items = [first.item("input")._replace(below=facts.below)]
    if facts.lens:
        across = facts.lens._replace(row=1, down=1, across=facts.lens.down * facts.lens.across, gap=STRIP_GAP)
        items.append(across)
    elif facts.kernels:
        items.append(facts.kernels[0][0].item("kernel", row=1, lead=facts.operator)._replace(below=facts.below))
    last = len(items)
    lead = _before_output(facts)
    items.append(
        output.item("output", output.number, row=last, lead=lead)._replace(below=facts.below, shift=facts.shift)
    )
    yield Table(tuple(items), (), (STRIPS,) * last)


def _before_output(facts: Facts) -> int:
    """Return the room for the sign beside an output that stands under what it is made of."""
    return 0 if facts.lens else EQUALS if facts.kernels else facts.operator


def _channels_as_rows(facts: Facts) -> Iterator[Table]:
    inputs, output = facts.inputs[0], facts.outputs[0]
    count = len(inputs)
    for output_down in wraps(output.number):
        items = [planes.item("input", row=row, one_of_many=1) for row, planes in enumerate(inputs)]
        if facts.lens:
            items.append(facts.lens._replace(column=1, row_end=count - 1))
            last, joints = 2, _joints(facts)
        else:
            for row, planes in enumerate(facts.kernels[0]):
                items.append(planes.item("kernel", row=row, column=1, one_of_many=1))
                items.append(Item(f"sum/{row}", row=row, column=2, box=facts.sum_box))
            last, joints = 3, (BEFORE_KERNEL + facts.fraction, BEFORE_SUM, AFTER_SUM)
        bias = 1 if facts.bias_box[0] and not facts.lens else 0
        if bias:
            items.append(Item("bias", row=count, column=2, box=facts.bias_box))
        items.append(output.item("output", output_down, column=last, row_end=count - 1))
        yield Table(tuple(items), joints, (ROWS,) * (count - 1 + bias))


def _channels_as_columns(facts: Facts) -> Iterator[Table]:
    inputs, output = facts.inputs[0], facts.outputs[0]
    count = len(inputs)
    if max(planes.number for planes in inputs) > 1:
        return
    for output_down in wraps(output.number):
        items = [planes.item("input", column=column, one_of_many=1) for column, planes in enumerate(inputs)]
        if facts.lens:
            across = facts.lens._replace(column=count)
            items += [across, output.item("output", output_down, column=count + 1)]
            apart = LEFT_OUT if facts.elided else 16
            yield Table(tuple(items), (16, *(apart,) * (count - 2), *_joints(facts)))
            continue
        for column, planes in enumerate(facts.kernels[0]):
            items.append(planes.item("kernel", row=1, column=column, one_of_many=1))
            items.append(Item(f"sum/{column}", row=2, column=column, box=facts.sum_box))
        if facts.bias_box[0]:
            items.append(Item("bias", row=2, column=count, box=facts.bias_box))
        items.append(output.item("output", output_down, column=count + 1, row_end=2))
        apart = LEFT_OUT if facts.elided else 24
        yield Table(tuple(items), (24, *(apart,) * (count - 2), 26, 30), (UNDER, UNDER))


def _channels_as_strips(facts: Facts) -> Iterator[Table]:
    """Strips of cells, each with its kernel at its end, over those that they fill."""
    inputs, output = facts.inputs[0], facts.outputs[0]
    items = []
    for row, (planes, kernel) in enumerate(zip(inputs, facts.kernels[0], strict=True)):
        items.append(planes.item("input", row=row, one_of_many=1))
        items.append(kernel.item("kernel", row=row, column=1, one_of_many=1))
        items.append(Item(f"sum/{row}", row=row, column=2, box=facts.sum_box))
    last = len(inputs)
    if facts.bias_box[0]:
        items.append(Item("bias", row=last, column=2, box=facts.bias_box))
    items.append(output.item("output", output.number, row=last, lead=EQUALS)._replace(shift=facts.shift))
    yield Table(tuple(items), (BEFORE_KERNEL + facts.fraction, BEFORE_SUM), (ROWS,) * (last - 1) + (UNDER,))


def _groups_as_rows(facts: Facts) -> Iterator[Table]:
    count = len(facts.inputs)
    items = []
    last = 2 if facts.kernels or facts.lens else 1
    if facts.lens:
        items.append(facts.lens._replace(column=1, row_end=count - 1))
    for row in range(count):
        items.append(_joined(facts.inputs[row]).item("input", row=row, one_of_many=1, foot=LANE))
        if facts.kernels and not facts.lens:
            items.append(_joined(facts.kernels[row]).item("kernel", row=row, column=1, one_of_many=1))
        items.append(facts.outputs[row].item("output", row=row, column=last, one_of_many=1))
    yield Table(tuple(items), _joints(facts), (ROWS + UNDER,) * (count - 1))


def _groups_as_columns(facts: Facts) -> Iterator[Table]:
    """With the kernels between inputs and outputs, or (smaller, where columns are high) beside the inputs."""
    count = len(facts.inputs)
    between = LEFT_OUT if facts.elided else BETWEEN_GROUPS
    items = []
    if facts.kernels and not facts.lens:
        for group in range(count):
            items.append(_joined(facts.inputs[group]).item("input", column=2 * group, one_of_many=1))
            kernel = _joined(facts.kernels[group])
            items.append(kernel.item("kernel", column=2 * group + 1, one_of_many=1, tail=LANE))
            items.append(facts.outputs[group].item("output", row=1, column=2 * group, one_of_many=1, lead=EQUALS))
        yield Table(tuple(items), (*(BEFORE_OUTPUT, between) * (count - 1), BEFORE_OUTPUT), (UNDER + 4,))
        items = []
    last = 2 if facts.kernels and not facts.lens else 1
    for column in range(count):
        place = {"column": column, "one_of_many": 1, "tail": LANE}
        items.append(_joined(facts.inputs[column]).item("input", **place))
        if last == 2:
            items.append(_joined(facts.kernels[column]).item("kernel", row=1, lead=facts.operator, **place))
        items.append(facts.outputs[column].item("output", row=last, lead=_before_output(facts), **place))
    joints: tuple[float, ...] = (between,) * (count - 1)
    if facts.lens:
        items.append(facts.lens._replace(column=count, row_end=last))
        joints = (*joints, BESIDE_LENS)
    yield Table(tuple(items), joints, (UNDER + 4,) * last)


def _joined(channels: Sequence[Planes]) -> Planes:
    """Put the planes of a group's channels in one row."""
    first = channels[0]
    labels = tuple(label for planes in channels for label in planes.labels)
    return first._replace(number=sum(planes.number for planes in channels), labels=labels)
