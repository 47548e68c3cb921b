"""A flame graph of the library at work, without its start: ``python -m benchmarks.flame [--seconds N] [--output SVG]``.

py-spy draws it (``pip install py-spy``, in any environment on the search path). The engine's own threads are not
Python's: the picture shows what the calling thread does while they work.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.overhead import WARMING_LINES
from benchmarks.testsets import default_folder, read_set
from translator import Translator

TOOL: Final = "py-spy"
RATE_HZ: Final = 100
LINES_A_CALL: Final = 400


def main(arguments: Sequence[str] | None = None) -> None:
    """Translate newstest2014 in calls of `LINES_A_CALL` lines until the picture is drawn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testsets", type=Path, default=default_folder(), help="folder of newstest2014.fr and .en")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("flame.svg"))
    options = parser.parse_args(arguments)
    if shutil.which(TOOL) is None:
        sys.exit(f"{TOOL} is not installed")
    lines = read_set("newstest2014", options.testsets).sources
    translator = Translator.load()
    translator.translate_many(lines[:WARMING_LINES], beam_size=options.beam)
    watch = ["--pid", str(os.getpid()), "--duration", str(options.seconds), "--rate", str(RATE_HZ), "--function"]
    # The picture shows this command, so it must hold no path of the machine.
    command = [TOOL, "record", *watch, "--format", "flamegraph", "--output", options.output.name]
    folder = options.output.resolve().parent
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder) as drawing:
        first = 0
        while drawing.poll() is None:
            translator.translate_many(lines[first : first + LINES_A_CALL], beam_size=options.beam)
            first = (first + LINES_A_CALL) % (len(lines) - LINES_A_CALL)
    if drawing.returncode:
        sys.exit(f"{TOOL} failed with status {drawing.returncode}")


if __name__ == "__main__":
    main()
