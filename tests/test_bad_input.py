"""Bad input: one sentence that names the setting, its value and a way out; exit code 2; nothing written."""

from __future__ import annotations

import functools
import io
import os
import pickle
import re
import shlex
import signal
import string
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from commands import Ended, environment, run
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

WAY_OUT = re.compile(
    r"\b(use|add|give|name|make|leave|pass|save|copy|check|send|write|reshape|without)\b"
    r"|did you mean|it belongs to|it is for|such as"
)
LONG = "9" * 5000
WIDE = "9" * 400


class Trap:
    """An object whose unpickling leaves a file behind."""

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, ("sprung", "w")


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npy_header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text.encode() + b"\n"


def shaped(shape: str, kind: str = "<f8") -> bytes:
    return npy_header(f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(rows: int, columns: int) -> bytes:
    """Return a small PNG that claims to be large."""
    header = struct.pack(">IIBBBBB", columns, rows, 8, 6, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def picture(form: str) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, form)
    return file.getvalue()


FILES: dict[str, bytes] = {
    "plain": b"x",
    "words.csv": b"1,2\n3,oops\n",
    "noted.csv": b"# a note\n1,2\n\n3,oops\n",
    "header.csv": b"left,right\n1,2\n",
    "ragged.csv": b"1,2\n3\n",
    "hole.csv": b"1,,3\n4,5,6\n",
    "latin.csv": b"1,\xe9\n",
    "nul.csv": b"1,\0,2\n",
    "only-notes.csv": b"# nothing\n\n",
    "field.csv": b"1," + b"9" * 200_000 + b"\n",
    "unclosed.csv": b'"1,2\n3,4\n',
    "empty.csv": b"",
    "empty.png": b"",
    "empty.npy": b"",
    "note.png": b"hello",
    "note.npy": b"hello",
    "cut.png": picture("png")[:2000],
    "cut-header.png": picture("png")[:20],
    "cut.jpg": picture("jpeg")[:400],
    "cut.gif": picture("gif")[:300],
    "bomb.png": bomb(50_000, 50_000),
    "strip.png": bomb(1, 100_000_000),
    "trap.npy": npy(np.array([Trap(), 1], dtype=object)),
    "trap2.npy": pickle.dumps(Trap()),
    "complex.npy": npy(np.ones((6, 6), dtype=complex)),
    "strings.npy": npy(np.full((6, 6), "a")),
    "dates.npy": npy(np.full((6, 6), "2020-01-01", dtype="M8[D]")),
    "records.npy": npy(np.zeros((6, 6), dtype=[("a", "i4")])),
    "void.npy": npy(np.zeros((6, 6), dtype="V3")),
    "none.npy": npy(np.zeros((0, 3))),
    "plain.npy": npy(np.ones((6, 6))),
    "batch.npy": npy(np.ones((2, 3, 6, 6))),
    "five-axes.npy": npy(np.ones((1, 1, 1, 6, 6))),
    "large-numbers.npy": npy(np.full((6, 6), 2**64 - 1, dtype=np.uint64)),
    "sums.npy": npy(np.full((6, 6), 2**63 - 1)),
    "cut.npy": npy(np.arange(100.0))[:-8],
    "cut-header.npy": npy(np.arange(100.0))[:60],
    "cut-magic.npy": b"\x93NUM",
    "giant.npy": shaped("(1000000000, 1000000)"),
    "beyond.npy": shaped("(" + "9" * 400 + ",)"),
    "negative.npy": shaped("(-3, 3)"),
    "fraction.npy": shaped("(3.5, 3)"),
    "short.npy": shaped("(1000, 1000)"),
    "objects.npy": shaped("(2,)", "|O"),
    "code.npy": npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': open('sprung', 'w'), }"),
    "nested.npy": npy_header("(" * 3000),
    "signs.npy": npy_header("-" * 9000 + "1"),
    "version.npy": b"\x93NUMPY\x07\x00" + b"x" * 100,
    "out.gif": b"the old figure",
    "old.csv": b"the old numbers",
    "old.png": b"the old picture",
}
GOOD_PNG = picture("png")


def folder_of_files(folder: Path) -> None:
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / "good.png").write_bytes(GOOD_PNG)
    (folder / "folder").mkdir()
    (folder / "folder.csv").mkdir()
    (folder / "folder.gif").mkdir()


def found(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


# A command line, and what its sentence must name: all of the words after the arrow.
TABLE = r"""
# windows that do not fit, and what would
conv --kernel 9x9 --input 6x6                             -> 9|6 rows|at most 6|padding|input of at least 9
conv --kernel 2x9 --input 6x6                             -> 9|6 columns
conv --kernel 9x9 --input 6x6 --padding 1                 -> 9|8 rows|padded
conv --kernel 3 --dilation 4 --input 6x6                  -> 9|dilation|at most 2
conv --kernel "1 2 3 4 5 6 7" --input 6x6                 -> 7|6
conv --input "1 2"                                        -> 3|2
conv --dilation 100000                                    -> dilation|100000
pool max --pool-size 9 --input 6x6                        -> 9|6
pool max --pool-size 2x2x2 --input 6x6                    -> 2|1
explain conv --kernel 9x9 --input 6x6                     -> 9|6
explain pool avg --pool-size 7 --input 6x6                -> 7|6
# whole numbers of at least one
conv --stride 0                                           -> stride|0|1
conv --stride -1                                          -> stride|-1
conv --stride=-1                                          -> stride|-1
conv --stride 1,0                                         -> stride|0
conv --stride 1.5                                         -> stride|1.5
conv --stride two                                         -> stride|two
conv --stride ""                                          -> stride|''
conv --stride 2,                                          -> stride|2,
conv --stride ,                                           -> stride|,
conv --stride "1 2"                                       -> stride|1 2
conv --stride 1,2,3                                       -> stride|3|rows, columns
conv --stride 99999999999999999999                        -> stride|99999999999999999999
conv --stride {LONG}                                      -> stride|99999
conv --stride 1e1                                         -> stride|1e1
conv --stride 0x2                                         -> stride|0x2
conv --stride ½                                           -> stride|½
conv --stride ²                                           -> stride|²
conv --stride %s                                          -> stride|%s
conv --stride "[bold]2[/bold]"                            -> stride|[bold]2[/bold]
conv --dilation 0                                         -> dilation|0|1
conv --dilation -2                                        -> dilation|-2
conv --dilation 0.5                                       -> dilation|0.5
conv --dilation x                                         -> dilation|x
conv --dilation 1,1,1                                     -> dilation|3
conv --dilation {LONG}                                    -> dilation|99999
pool max --stride 0                                       -> stride|0
pool max --dilation 0                                     -> dilation|0
explain conv --stride 0                                   -> stride|0
explain pool max --dilation -1                            -> dilation|-1
# padding
conv --padding -1                                         -> padding|-1|0
conv --padding 1.5                                        -> padding|1.5
conv --padding 0:-1                                       -> padding|-1
conv --padding 1:2:3                                      -> padding|1:2:3
conv --padding :                                          -> padding|':'
conv --padding 1:                                         -> padding|'1:'
conv --padding 1:x                                        -> padding|1:x
conv --padding ""                                         -> padding|''
conv --padding smae                                       -> padding|smae|same
conv --padding 1,2,3                                      -> padding|3
conv --padding 0:1,1:2,2:3                                -> padding|2 axes
conv --padding causal                                     -> padding|causal
conv --padding 1000000000000                              -> padding|1000000000000
conv --padding 100000                                     -> 200006|GiB|--force
conv --padding {LONG}                                     -> padding|99999
conv --padding 6 --padding-mode reflect --input 6x6       -> padding|6|reflect|at most 5
conv --padding 0:6 --padding-mode reflect --input 6x6     -> padding|6|reflect|at most 5
conv --padding 1,6 --padding-mode reflect --input 9x6     -> padding|6|reflect|columns
conv --padding 7 --padding-mode circular --input 6x6      -> padding|7|circular|at most 6
conv --padding 1 --padding-mode mirror                    -> mirror|reflect|replicate|circular
conv --padding 1 --padding-mode ""                        -> ''
conv --padding 1 --padding-value 3                        -> padding-value|3|constant
conv --padding 1 --padding-mode reflect --padding-value 3 -> 3|reflect|constant
conv --padding 1 --padding-mode constant --padding-value x -> padding-value|x
conv --padding 1 --padding-mode constant --padding-value "" -> padding-value|''
pool max --padding 9                                      -> padding|9
pool max --padding smae                                   -> padding|smae
pool avg --padding 3 --no-count-include-pad               -> padding|3
# kernels
conv --kernel sobl-x                                      -> kernel|sobl-x|did you mean sobel-x
conv --kernel gausian                                     -> kernel|gausian|did you mean gaussian
conv --kernel zzzzzz                                      -> kernel|zzzzzz|mean|sharpen
conv --kernel 0x3                                         -> kernel|0x3
conv --kernel 0                                           -> kernel|0
conv --kernel -3x3                                        -> kernel|-3x3
conv --kernel 3x-3                                        -> kernel|3x-3
conv --kernel 2.5x2.5                                     -> kernel|2.5x2.5
conv --kernel 3x                                          -> kernel|3x
conv --kernel 3x3x3x3                                     -> kernel|3x3x3x3
conv --kernel 100000x100000                               -> kernel|100000|GiB|--force
conv --kernel {WIDE}                                      -> kernel|99999
conv --kernel {LONG}                                      -> kernel|99999
conv --kernel {NAME}                                      -> kernel|qqqqq
conv --kernel ""                                          -> kernel|''
conv --kernel "1 2; 3"                                    -> kernel|ragged|row 2|1
conv --kernel "1 2; a b"                                  -> kernel|1 2; a b
conv --kernel "1 1/0"                                     -> kernel|1/0
conv --kernel "99999999999999999999 1"                    -> kernel|64-bit
conv --kernel nosuch.csv                                  -> kernel|nosuch.csv
conv --kernel folder.csv                                  -> kernel|folder.csv|folder
conv --kernel good.png                                    -> kernel|good.png|image
conv --kernel words.csv                                   -> kernel|words.csv|line 2|column 2|oops
conv --kernel ragged.csv                                  -> kernel|ragged.csv|ragged
conv --kernel complex.npy                                 -> complex
conv --kernel trap.npy                                    -> kernel|trap.npy|pickled
conv --kernel none.npy                                    -> kernel|empty
conv --kernel %s                                          -> kernel|%s
conv --kernel "[bold]"                                    -> kernel|[bold]
conv --kernel 核                                          -> kernel|核
conv --kernel sobel-x --kernel-size 5                     -> kernel|sobel-x|5|gaussian
conv --kernel 3x3 --kernel-size 5                         -> kernel-size|5|3x3
conv --kernel "1 2" --kernel-size 5                       -> kernel-size|5|1 2
conv --kernel-size 0                                      -> kernel-size|0
conv --kernel-size -1                                     -> kernel-size|-1
conv --kernel-size 2.5                                    -> kernel-size|2.5
conv --kernel-size x                                      -> kernel-size|'x'
conv --kernel-size ""                                     -> kernel-size|''
conv --kernel-size 30000                                  -> kernel-size|30000|GiB
conv --kernel mean --kernel-size 3,3,3                    -> kernel-size|3
conv --bias x                                             -> bias|x
conv --bias ""                                            -> bias|''
conv --bias 1,x                                           -> bias|x
conv --bias 1,2                                           -> bias|2|1 filter
conv --bias nan                                           -> bias|nan
conv --bias inf                                           -> bias|inf
conv --bias 1e400                                         -> bias|1e400
conv --bias 1_000                                         -> bias|1_000
# inputs that are made or typed
conv --input 0x6                                          -> input|0x6
conv --input 6x0                                          -> input|6x0
conv --input 0                                            -> input|0
conv --input -6x6                                         -> input|-6x6
conv --input 6x-6                                         -> input|6x-6
conv --input 6.5x6                                        -> input|6.5x6
conv --input 6x                                           -> input|6x
conv --input 6x6x6x6                                      -> input|6x6x6x6
conv --input axb                                          -> input|axb
conv --input ""                                           -> input|''
conv --input " "                                          -> input|empty
conv --input 100000x100000                                -> input|100000×100000|GiB|--force
conv --input {WIDE}x2                                     -> input|99999
conv --input {LONG}                                       -> input|99999
conv --input random:100000x100000                         -> input|100000×100000|GiB|--force
conv --input random:0x6                                   -> input|0x6
conv --input random:                                      -> input
conv --input random:axb                                   -> input|axb
conv --input random:-6x6                                  -> input|-6x6
conv --input random:{WIDE}                                -> input|99999
conv --input random:6x6 --seed -1                         -> seed|-1|0
conv --input random:6x6 --seed 1.5                        -> seed|1.5
conv --input random:6x6 --seed x                          -> seed|x
conv --input random:6x6 --seed ""                         -> seed|''
conv --input random:6x6 --seed 1,2                        -> seed|1,2
conv --input random:6x6 --seed {LONG}                     -> seed|99999
conv --input 6x6 --seed 1                                 -> seed|1|random
conv --input example --seed 1                             -> seed|1|random
conv --seed 1                                             -> seed|1|--input
conv --resize 3x3                                         -> resize|3x3|--input
conv --input 6x6 --resize 3x3                             -> resize|3x3|image
conv --input good.png --resize 0x3                        -> resize|0x3
conv --input good.png --resize -3x3                       -> resize|-3x3
conv --input good.png --resize 3.5x3                      -> resize|3.5x3
conv --input good.png --resize 3                          -> resize|3
conv --input good.png --resize 3x3x3                      -> resize|3x3x3
conv --input good.png --resize axb                        -> resize|axb
conv --input good.png --resize ""                         -> resize|''
conv --input good.png --resize 1000000x1000000            -> 1000000|GiB|--force
conv --input "1 2; 3"                                     -> input|ragged|row 2|1
conv --input "1 2 3; 4 5; 6 7 8"                          -> input|ragged|row 2
conv --input "1 two 3"                                    -> input|'two'|value 2
conv --input "1 1/0"                                      -> input|1/0
conv --input "99999999999999999999 1"                     -> input|64-bit
conv --input ";"                                          -> input
conv --input %s                                           -> input|%s
conv --input "[bold]x"                                    -> input|[bold]x
conv --input ../../nosuch/x                               -> input|../../nosuch/x
conv --input {NAME}                                       -> input|qqqqq
# files
conv --input nosuch.png                                   -> input|nosuch.png
conv --input nosuch/x.csv                                 -> input|nosuch/x.csv
conv --input plain/x.csv                                  -> input|plain/x.csv
conv --input folder                                       -> input|folder|name a file
conv --input folder.csv                                   -> input|folder.csv|name a file
conv --input .                                            -> input|'.'|folder
conv --input plain                                        -> plain
conv --input words.csv                                    -> words.csv|line 2|column 2|oops
conv --input noted.csv                                    -> noted.csv|line 4|column 2|oops
conv --input header.csv                                   -> header.csv|line 1|column 1|left
conv --input ragged.csv                                   -> ragged.csv|ragged|2
conv --input hole.csv                                     -> hole.csv|line 1|column 2
conv --input latin.csv                                    -> latin.csv|UTF-8
conv --input nul.csv                                      -> nul.csv|column 2
conv --input only-notes.csv                               -> only-notes.csv|empty
conv --input field.csv                                    -> field.csv
conv --input unclosed.csv                                 -> unclosed.csv
conv --input empty.csv                                    -> empty.csv|empty
conv --input empty.png                                    -> empty.png|empty
conv --input empty.npy                                    -> empty.npy|empty
conv --input note.png                                     -> note.png
conv --input note.npy                                     -> note.npy
conv --input cut.png                                      -> cut.png
conv --input cut-header.png                               -> cut-header.png
conv --input cut.jpg                                      -> cut.jpg
conv --input cut.gif                                      -> cut.gif
conv --input bomb.png                                     -> bomb.png|50000×50000
conv --input bomb.png --resize 6x6                        -> bomb.png|50000×50000
conv --input strip.png --resize 6x6                       -> strip.png|100000000
conv --input trap.npy                                     -> trap.npy|pickled
conv --input trap.npy --force                             -> trap.npy|pickled
conv --input trap2.npy                                    -> trap2.npy
conv --input objects.npy                                  -> objects.npy|pickled
conv --input code.npy                                     -> code.npy
conv --input complex.npy                                  -> complex
conv --input strings.npy                                  -> input|words
conv --input dates.npy                                    -> input|datetime
conv --input records.npy                                  -> input
conv --input void.npy                                     -> input
conv --input none.npy                                     -> none.npy|empty
conv --input five-axes.npy                                -> input|5 axes
conv --input large-numbers.npy                            -> input|18446744073709551615
conv --input sums.npy                                     -> 64-bit
conv --input cut.npy                                      -> cut.npy
conv --input cut-header.npy                               -> cut-header.npy
conv --input cut-magic.npy                                -> cut-magic.npy
conv --input giant.npy                                    -> giant.npy|1000000000|GiB
conv --input giant.npy --force                            -> giant.npy
conv --input beyond.npy                                   -> beyond.npy
conv --input negative.npy                                 -> negative.npy
conv --input fraction.npy                                 -> fraction.npy
conv --input short.npy                                    -> short.npy
conv --input nested.npy                                   -> nested.npy
conv --input signs.npy                                    -> signs.npy
conv --input version.npy                                  -> version.npy
pool global-max --input none.npy                          -> none.npy|empty
pool max --input words.csv                                -> words.csv|line 2|column 2
explain conv --input trap.npy                             -> trap.npy|pickled
explain pool max --input nosuch.png                       -> nosuch.png
# what a window becomes
pool mxa                                                  -> mxa|did you mean max
pool median                                               -> median|max, avg, min
pool ""                                                   -> ''|max, avg, min
pool "[bold]"                                             -> [bold]
pool {NAME}                                               -> qqqqq
explain pool mxa                                          -> mxa|did you mean max
pool max --pool-size 0                                    -> pool-size|0
pool max --pool-size -2                                   -> pool-size|-2
pool max --pool-size 2.5                                  -> pool-size|2.5
pool max --pool-size x                                    -> pool-size|'x'
pool max --pool-size 2xa                                  -> pool-size|2xa
pool max --pool-size ""                                   -> pool-size|''
pool max --pool-size 2x2x2x2                              -> pool-size|2x2x2x2
pool max --pool-size {LONG}                               -> pool-size|99999
explain pool max --pool-size 1,1,1,1                      -> pool-size|1,1,1,1
# channels, filters and groups
conv --channels 0                                         -> channels|0
conv --channels -2                                        -> channels|-2
conv --channels x                                         -> channels|'x'
conv --channels ""                                        -> channels|''
conv --channels 999999999                                 -> channels|GiB|999999999
pool max --channels 9999999                                -> channels|GiB|9999999
conv --channels 2 --input plain.npy                       -> channels|2|its own
conv --channels 2 --input "1 2; 3 4"                      -> channels|2|numbers given
conv --interleave                                         -> interleave|--channels
conv --filters 0                                          -> filters|0
conv --filters 1.5                                        -> filters|1.5
conv --filters 99999999                                   -> filters|GiB
conv --filters 2 --kernel sobel-x                         -> filters|2|sobel-x|3x3
conv --filters 2 --kernel "1 2; 3 4"                      -> filters|2|1 2; 3 4
conv --groups 0                                           -> groups|0
conv --groups 2 --channels 3                              -> groups|2|1, 3
conv --groups depth --channels 3                          -> groups|'depth'
conv --groups 2 --channels 4 --filters 3                  -> groups|2|3 filters|2, 4, 6… filters
conv --groups depthwise --filters 4 --channels 3          -> groups|3|4 filters|3, 6, 9… filters|1 group
conv --input "1 2 x;3 4 5"                                -> input|row 1, value 3|'x'|not a number
conv --kernel "1 2;3 nine"                                -> kernel|row 2, value 2|'nine'
conv --input "1 2 photos.png"                             -> '1 2 photos.png'|check the name
conv --input "9007199254740993 1" --kernel "99999999 1"   -> 64-bit|floats|9.0
activation foo                                            -> 'foo'|leaky-relu|gelu-tanh|hard-swish
activation leaky-relo                                     -> did you mean leaky-relu?
conv --groups 2 --channels 4 --kernel sobel-x             -> groups|2|4 channels
conv --seed 1                                             -> seed|1|random
pool max --seed 1                                         -> seed|1|random
conv --sample 0                                           -> sample|0|--input
conv --input 6x6 --sample 0                               -> sample|0|no batch
conv --input batch.npy --sample 2                         -> sample|2|0 to 1
conv --input batch.npy --sample -1                        -> sample|-1|0 to 1
conv --color                                              -> color|--input
conv --input 6x6 --color                                  -> color|images
pool max --channels 0                                     -> channels|0
explain conv --channels 3 --groups 2                      -> groups|2|1, 3
# which steps are drawn, and what of them
conv -o new.gif --steps ""                                -> steps|''
conv -o new.gif --steps 0                                 -> steps|'0'|16
conv -o new.gif --steps 17                                -> steps|'17'|16
conv -o new.gif --steps 3-1                               -> steps|3-1|1-3, rising
conv -o new.gif --steps 1-2-3                             -> steps|1-2-3
conv -o new.gif --steps 1;2                               -> steps|1;2
conv -o new.gif --steps {LONG}                            -> steps|99999
conv -o new.gif --steps 1-4 --all-steps                   -> steps|all-steps
conv -o new.png --steps 1-4 --strip 3                     -> steps|strip
conv -o new.png --step 1 --strip 3                        -> step|strip
conv -o new.png --input 6x9 --steps 1-28                  -> 28|24
conv -o new.png --strip 0                                 -> strip|0
conv -o new.png --input 9x9 --strip 25                    -> strip|25|24
conv -o new.png --strip x                                 -> strip|'x'
conv -o new.gif --strip 4                                 -> strip|4|.gif|.png
conv --strip 4                                            -> strip|figure
conv --shade                                              -> shade|figure
conv --blank output                                       -> blank|figure
conv -o new.png --blank nothing                           -> blank|nothing|sentence
conv -o new.png --blank ""                                -> blank|''
conv -o new.png --solution                                -> solution|--blank
conv -o - --format png --blank output --solution          -> solution|file
conv --json --alt                                         -> json|alt
# options that mean nothing here
pool global-max --stride 2                                -> stride|2|global-max
pool global-max --stride ""                               -> stride|global-max
pool global-max --padding 0                               -> padding|0|global-max
pool global-max --dilation 1                              -> dilation|1|global-max
pool global-avg --pool-size 2                             -> pool-size|2|global-avg
pool global-max --ceil-mode                               -> ceil-mode|global-max
pool global-avg --no-count-include-pad                    -> no-count-include-pad|avg
pool max --no-count-include-pad                           -> no-count-include-pad|max|avg
explain pool global-max --stride 2                        -> stride|2|global-max
conv --step 3                                             -> step|figure
conv --step ""                                            -> step
conv --theme dark                                         -> theme|figure
conv --theme ""                                           -> theme
conv --title x                                            -> title|figure
conv --width 800                                          -> width|figure
conv --hold 1                                             -> hold|figure
conv --step-seconds 1                                     -> step-seconds|figure
conv --no-values                                          -> no-values|figure
conv --all-steps                                          -> all-steps|figure
conv --theme dark --json                                  -> theme|figure
conv -o new.csv --theme dark                              -> theme|figure
conv -o new.csv --step 3                                  -> step|figure
conv -o new.gif --step 3                                  -> step|3|.gif|.png
conv -o new.png --hold 1                                  -> hold|.png|.gif
conv -o new.png --all-steps                               -> all-steps|.png|.gif
conv -o new.svg --step-seconds 1                          -> step-seconds|.svg|.gif
conv --format gif                                         -> format|gif|-o -
conv -o new.gif --format gif                              -> format|gif|-o -
# the figure
conv -o out.gif --theme drak                              -> theme|drak|did you mean dark
conv -o out.gif --theme ""                                -> theme|''|light, dark
conv -o out.gif --theme "[bold]"                          -> theme|[bold]
conv -o out.gif --theme {NAME}                            -> theme|qqqqq
conv -o out.gif --width 0                                 -> width|0|320
conv -o out.gif --width -5                                -> width|-5
conv -o out.gif --width 100                               -> width|100|320
conv -o out.gif --width x                                 -> width|x
conv -o out.gif --width 1e3                               -> width|1e3
conv -o out.gif --width 1120.5                            -> width|1120.5
conv -o out.gif --width 1120,1120                         -> width|1120,1120
conv -o out.gif --width 20000                             -> 20000|GiB|--force
conv -o out.gif --width 100000                            -> 100000|GiB|--force
conv -o out.gif --width {WIDE}                            -> 99999
conv -o out.gif --width {LONG}                            -> width|99999
conv -o out.gif --hold x                                  -> hold|x
conv -o out.gif --hold -1                                 -> hold|1|0 to 600
conv -o out.gif --hold 1e9                                -> hold|1000000000|600
conv -o out.gif --hold nan                                -> hold|nan
conv -o out.gif --hold ""                                 -> hold|''
conv -o out.gif --step-seconds x                          -> step-seconds|x
conv -o out.gif --step-seconds -1                         -> step|1|0 to 600
conv -o old.png --step 0                                  -> step|0|1 to 16
conv -o old.png --step 17                                 -> step|17|1 to 16
conv -o old.png --step -1                                 -> step|-1|1 to 16
conv -o old.png --step 1.5                                -> step|1.5|1 to 16
conv -o old.png --step x                                  -> step|x|first|last
conv -o old.png --step ""                                 -> step|''
conv -o old.png --step {LONG}                             -> step|99999
conv --json -o out.gif --width 100                        -> width|100
conv --json -o old.png --step 99                          -> step|99
# places
conv -o new                                               -> new|.gif|.png|.svg|.csv|.npy|.txt|.json
conv -o new.jpg                                           -> new.jpg|.jpg|.gif
conv -o new.gif.bak                                       -> new.gif.bak|.bak
conv -o .gif                                              -> .gif
conv -o "%s"                                              -> %s
conv -o ""                                                -> output|''
conv -o folder                                            -> folder|name a file
conv -o folder.gif                                        -> folder.gif|name a file
conv -o .                                                 -> '.'|name a file
conv -o nosuch/new.gif                                    -> nosuch/new.gif|nosuch
conv -o plain/new.gif                                     -> plain/new.gif
conv -o {NAME}.gif                                        -> qqqqq
conv -o -                                                 -> -|--format|gif
conv -o - --format jpg                                    -> jpg|.gif
conv -o - --format ""                                     -> format|''
conv -o new.gif -o new.bad                                -> new.bad|.bad
conv -o new.csv -o nosuch/new.csv                         -> nosuch/new.csv
conv -o old.csv -o old.png --step 99                      -> step|99
conv -o old.csv -o out.gif --width 100                    -> width|100
conv -o old.csv --input words.csv                         -> words.csv
conv -o out.gif --kernel 9 --input 6x6                    -> 9|6
"""
NAME = "q" * 5000
FILLED = {"{LONG}": LONG, "{WIDE}": WIDE, "{NAME}": NAME}


def rows() -> list[Any]:
    table = []
    for line in TABLE.strip().splitlines():
        if line.startswith("#"):
            continue
        typed, named = (part.strip() for part in line.rsplit("->", 1))
        table.append(pytest.param(typed, named.split("|"), id=typed))
    return table


@pytest.fixture(scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("bad")
    folder_of_files(folder)
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@functools.cache
def outcome(typed: str) -> tuple[Ended, bool]:
    """Run a line of the table once; return how it ended, and whether it left everything as it was."""
    args = shlex.split(typed)
    for mark, value in FILLED.items():
        args = [each.replace(mark, value) for each in args]
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in Path().rglob("*")}
    try:
        ended = run(*args)
    finally:
        after = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in Path().rglob("*")}
        for path in after.keys() - before.keys():
            path.unlink()
        for path in before.keys() - {path for path in after if after[path] == before.get(path)}:
            if path.name in FILES:
                path.write_bytes(FILES[path.name])
    return ended, before == after


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(("typed", "named"), rows())
def test_bad_input_is_refused(typed: str, named: list[str]) -> None:
    ended, unchanged = outcome(typed)
    assert ended.code == 2, ended.err
    assert ended.out == b""
    assert unchanged
    assert "Traceback" not in ended.err
    lines = ended.err.removesuffix("\n").split("\n")
    assert lines[-1].startswith("convviz: ")
    assert sum(line.startswith("convviz: ") for line in lines) == 1
    sentence = lines[-1].removeprefix("convviz: ")
    for word in named:
        assert word in sentence
    assert WAY_OUT.search(sentence), sentence


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize("typed", [row.values[0] for row in rows()])
def test_a_refusal_is_one_line_on_standard_error(typed: str) -> None:
    ended, _ = outcome(typed)
    assert len(ended.err.splitlines()) == 1, ended.err


@pytest.mark.parametrize(
    "typed",
    [
        "conv --nonsense",
        "conv extra",
        "nonsense",
        "kernels extra",
        "pool",
        "conv -o",
        "conv --stride",
        "pool max --kernel sobel-x",
        "pool max --bias 1",
        "pool max --padding-mode reflect",
        "pool max --flip-kernel",
        "conv --ceil-mode",
        "conv --pool-size 2",
        "conv --no-count-include-pad",
        "explain conv -o out.gif",
        "explain conv --theme dark",
        "explain nonsense",
        "explain pool",
        "--nonsense",
    ],
)
def test_unknown_words_end_with_two(typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run(*shlex.split(typed))
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err
    assert "Traceback" not in ended.err
    assert os.listdir() == []


def refused(*args: str, stdin: bytes = b"", code: int = 2) -> str:
    """Run a command that must be refused; return its sentence."""
    ended = run(*args, stdin=stdin)
    assert (ended.code, ended.out) == (code, b""), ended.err
    assert "Traceback" not in ended.err
    last = ended.err.splitlines()[-1]
    assert last.startswith("convviz: ")
    assert WAY_OUT.search(last)
    return last


@pytest.mark.parametrize("option", ["--seed", "--width"])
def test_the_way_out_of_a_single_number_works(option: str) -> None:
    typed = ["--input", "random:6x6"] if option == "--seed" else ["-o", "never.gif"]
    said = refused("conv", *typed, option, "x")
    assert "2,1" not in said
    assert "per axis" not in said


@pytest.mark.parametrize(
    "typed",
    [
        "conv --padding 1 --padding-mode constant --padding-value 1e19",
        "conv --padding 1 --padding-mode constant --padding-value 1e300",
        "conv --bias 1e19",
        "conv --bias 1e300",
        "conv --kernel gaussian --kernel-size 70x1 --input 200x9",
        "conv --kernel gaussian --kernel-size 100 --input 200x200",
    ],
)
def test_numbers_beyond_integers_work_or_are_refused(typed: str) -> None:
    ended = run(*shlex.split(typed))
    assert ended.code in (0, 2)
    assert (ended.out == b"") == (ended.code == 2)
    if ended.code == 2:
        assert "Python object" not in ended.err
        assert ended.err.splitlines()[-1].startswith("convviz: ")


# What must never happen.


@pytest.mark.usefixtures("_files")
def test_the_trap_works_and_is_never_sprung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = tmp_path / "trap.npy"
    trap.write_bytes(FILES["trap.npy"])
    monkeypatch.chdir(tmp_path)
    np.load(trap, allow_pickle=True)[0].close()
    assert Path("sprung").exists()
    Path("sprung").unlink()
    for args in (("--input", str(trap)), ("--kernel", str(trap)), ("--input", str(trap), "--force")):
        refused("conv", *args)
    refused("conv", "--input", "-", stdin=FILES["trap.npy"])
    refused("conv", "--input", "-", stdin=FILES["trap2.npy"])
    assert os.listdir() == ["trap.npy"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty"),
        (b"a b", "line 1, column 1"),
        (b"1 2\n3", "ragged"),
        (bomb(50_000, 50_000), "50000×50000"),
        (GOOD_PNG[:1000], "standard input"),
        (bytes(range(128, 256)), "standard input"),
        (npy(np.arange(9.0))[:-4], "standard input"),
        (npy(np.ones(9, dtype=complex)), "complex"),
    ],
)
def test_bad_standard_input(content: bytes, named: str) -> None:
    assert named in refused("conv", "--input", "-", stdin=content)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
def test_devices_are_not_read_for_ever() -> None:
    for device in ("/dev/zero", "/dev/null"):
        assert device in refused("conv", "--input", device)


@pytest.mark.parametrize("name", ["a.csv", "a.png", "a.npy"])
def test_a_huge_file_is_not_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(300 << 20)  # sparse: it takes no room
    with patch.object(Path, "read_bytes", side_effect=AssertionError("it was read")):
        said = refused("conv", "--input", str(path))
    assert "300 MiB" in said
    assert "--force" in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_with_a_name_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "pipe.csv" in refused("conv", "--input", str(tmp_path / "pipe.csv"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX only")
def test_a_bomb_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb(50_000, 50_000))
    code = (
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "sys.argv = ['convviz', 'conv', '--input', 'bomb.png']\nfrom convviz.cli import main\nmain()"
    )
    environ = environment() | {"OPENBLAS_NUM_THREADS": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=tmp_path, env=environ, check=False, timeout=60
    )
    assert ended.returncode == 2
    assert b"50000" in ended.stderr


def test_an_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("1,2,3\n")
    with patch.object(Path, "read_bytes", side_effect=PermissionError(13, "Permission denied")):
        said = refused("conv", "--input", str(path))
    assert "secret.csv" in said
    assert "Permission denied" in said
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        path.chmod(0)
        assert "secret.csv" in refused("conv", "--input", str(path))


def test_an_unwritable_place(tmp_path: Path) -> None:
    if getattr(os, "geteuid", lambda: 1)() == 0:  # the superuser may write anywhere but where the system itself refuses
        assert "new.csv" in refused("conv", "-o", "/sys/new.csv")
        return
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "old.csv").write_text("old")
    locked.chmod(0o500)
    try:
        for name in ("new.csv", "old.csv"):
            assert name in refused("conv", "-o", str(locked / name))
    finally:
        locked.chmod(0o700)
    assert (locked / "old.csv").read_text() == "old"


def test_a_place_that_may_not_be_written_by_what_the_system_says(tmp_path: Path) -> None:
    with patch("os.access", return_value=False):
        assert "new.csv" in refused("conv", "-o", str(tmp_path / "new.csv"))
    with patch("os.replace", side_effect=PermissionError(13, "Permission denied")):
        (tmp_path / "old.csv").write_text("old")
        assert "old.csv" in refused("conv", "-o", str(tmp_path / "old.csv"))
    assert found(tmp_path) == {"old.csv": b"old"}


@pytest.mark.parametrize("suffix", ["gif", "png", "svg", "json", "csv", "npy", "txt"])
def test_a_full_disk_leaves_the_old_file(suffix: str, tmp_path: Path) -> None:
    place = tmp_path / f"out.{suffix}"
    place.write_bytes(b"old")
    code = (
        "import resource, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        f"sys.argv = ['convviz', 'conv', '-o', 'out.{suffix}']\nfrom convviz.cli import main\nmain()"
    )
    pytest.importorskip("resource", reason="POSIX only")
    ended = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, cwd=tmp_path, env=environment(), check=False
    )
    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr
    assert f"out.{suffix}" in ended.stderr.decode().splitlines()[-1]
    assert found(tmp_path) == {f"out.{suffix}": b"old"}


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


@FULL
@pytest.mark.parametrize("suffix", ["gif", "png", "svg", "json", "csv", "npy", "txt"])
def test_a_full_device(suffix: str, tmp_path: Path) -> None:
    link = tmp_path / f"full.{suffix}"
    link.symlink_to("/dev/full")
    said = refused("conv", "-o", str(link), code=1)
    assert "No space left" in said
    assert link.is_symlink()
    assert os.listdir(tmp_path) == [f"full.{suffix}"]


@FULL
@pytest.mark.parametrize("typed", ["conv", "conv --json", "conv -o - --format gif", "explain conv", "kernels"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_full_standard_output(typed: str, unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "convviz", *typed.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(PYTHONUNBUFFERED=unbuffered),
            check=False,
        )
    said = ended.stderr.decode()
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    assert ended.returncode == 1
    assert said.splitlines()[-1].startswith("convviz: ")


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("old", [b"the old figure", None], ids=["over an old file", "where there was none"])
def test_an_interrupt_leaves_the_old_file_or_none(old: bytes | None, tmp_path: Path) -> None:
    place = tmp_path / "long.gif"
    if old is not None:
        place.write_bytes(old)
    command = ["conv", "--input", "64x64", "--padding", "1", "--all-steps", "--width", "1600", "-o", "long.gif"]
    running = subprocess.Popen(
        [sys.executable, "-m", "convviz", *command],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (one thread)
    )
    end = time.monotonic() + 30
    while not any(path.suffix == ".part" and path.stat().st_size for path in tmp_path.iterdir()):
        assert running.poll() is None, "it ended before it could be interrupted"
        assert time.monotonic() < end
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
    assert found(tmp_path) == ({"long.gif": old} if old is not None else {})


@pytest.mark.skipif(os.name != "posix", reason="bytes in arguments as POSIX has them")
@pytest.mark.parametrize("option", ["--title", "-o", "--kernel", "--input", "--theme"])
@pytest.mark.parametrize("suffix", ["svg", "gif"])
def test_arguments_that_are_not_utf8(option: str, suffix: str, tmp_path: Path) -> None:
    args: list[bytes] = [b"conv", b"-o", b"out." + suffix.encode(), option.encode(), b"\xff"]
    if option == "-o":
        args = [b"conv", b"-o", b"\xff." + suffix.encode()]
    ended = subprocess.run(
        [sys.executable.encode(), b"-m", b"convviz", *args],
        capture_output=True,
        cwd=tmp_path,
        env=environment(),
        check=False,
    )
    assert b"Traceback" not in ended.stderr
    assert ended.returncode in (0, 2)
    assert len(os.listdir(tmp_path)) == (ended.returncode == 0)


@pytest.mark.parametrize(
    "title", ["a\x01b", "\x1b[31mred", "<&>\"'", "%s {0} [bold]", "מתמטיקה", "猫" * 50, "\n\t", "]]>"]
)
def test_any_title_makes_a_good_file(title: str, tmp_path: Path) -> None:
    from xml.dom import minidom

    for suffix in ("svg", "png"):
        ended = run("conv", "-o", str(tmp_path / f"out.{suffix}"), "--title", title)
        assert ended.code == 0, ended.err
    minidom.parse(str(tmp_path / "out.svg"))
    with Image.open(tmp_path / "out.png") as image:
        image.load()


def test_names_with_odd_characters_are_said_on_one_line(tmp_path: Path) -> None:
    for name in ("a\nb.csv", "a\x1b[31mb.png", "[bold]b.npy", "%s.csv"):
        said = refused("conv", "--input", name)
        assert "\x1b" not in said
        assert "b." in said or "%s" in said
    strange = tmp_path / "a\nb [bold].csv"
    try:
        strange.write_text("1,2\n3,x\n")
    except OSError:
        return
    assert len(run("conv", "--input", str(strange)).err.splitlines()) == 1


def test_an_old_file_is_replaced_only_when_all_is_well(tmp_path: Path) -> None:
    place = tmp_path / "out.gif"
    place.write_bytes(b"old")
    with patch("convviz.write.gif._frame", side_effect=MemoryError):
        ended = run("conv", "-o", str(place))
    assert ended.code == 1
    assert "memory" in ended.err
    assert found(tmp_path) == {"out.gif": b"old"}


# Anything at all.

NUMBER = st.integers(-2, 9).map(str)
WORDS = r"""
x 1.5 -1 0 nan inf 1e9 1e-9 2,1 1,2,3 0:1 0:1,2:2 1:2:3 : , ; - -- ² ٣ ½ −1 1_0 0x3 3x3 2x5 7 1x1 3×2 [bold] %s ../ . ~
é 猫 same valid full causal SAME reflect circular constant replicate example random:5x4 sobel-x gaussian mean light dark
first last 1;2 1,2;3,4;5,6 -1,0,1 1/3,1
"""
ODD = st.sampled_from([*WORDS.split(), "", " ", "\x07", "1 2 3; 4 5 6", "-1 0 1", "1/3 1", "1 2;3"])
TEXT = st.text(st.sampled_from(string.digits + "x,:;.-+/ e−×[]%\\'\"é"), max_size=8)
VALUE = st.one_of(NUMBER, NUMBER, ODD, TEXT)
BOTH = ["--input", "--seed", "--stride", "--padding", "--dilation", "--step", "--theme", "--hold", "--step-seconds"]
BOTH += ["--title", "--format"]
FLAGS = ["--json", "--quiet", "--no-values", "--all-steps"]


def lines(options: list[str], flags: list[str]) -> st.SearchStrategy[list[str]]:
    option = st.tuples(st.sampled_from(options), VALUE).map(lambda pair: f"{pair[0]}={pair[1]}")
    output = st.sampled_from(
        ["out.csv", "out.json", "out.txt", "out.svg", "out.png", "out.npy", "out", "-", "no/out.csv"]
    )
    return st.lists(
        st.one_of(option, option, option, option, st.sampled_from(flags), output.map(lambda name: f"--output={name}")),
        max_size=5,
    )


CONV = lines(
    [*BOTH, "--kernel", "--kernel", "--kernel-size", "--bias", "--padding-mode", "--padding-value", "--resize"],
    [*FLAGS, "--flip-kernel"],
)
POOL = lines([*BOTH, "--pool-size", "--pool-size"], [*FLAGS, "--ceil-mode", "--no-count-include-pad"])
KINDS = st.sampled_from(["max", "avg", "min", "global-max", "global-avg", "mxa"])
SEARCH = settings(
    max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def survives(args: list[str]) -> None:
    """Check that a command ends with 0 or 2, and that a refusal leaves nothing behind."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            ended = run(*args)
            left = os.listdir()
        finally:
            os.chdir(before)
    assert ended.code in (0, 2)
    assert "Traceback" not in ended.err
    if ended.code == 2:
        assert ended.out == b""
        assert left == []
        assert ended.err
    else:
        assert ended.out or left


@SEARCH
@given(CONV)
@example(["--padding=1", "--padding-mode=constant", "--padding-value=1e9"])
@example(["--step="])
def test_any_conv_ends_well(args: list[str]) -> None:
    survives(["conv", *args])


@SEARCH
@given(KINDS, POOL)
@example("max", ["--pool-size=1,1,1,1"])
def test_any_pool_ends_well(kind: str, args: list[str]) -> None:
    survives(["pool", kind, *args])
