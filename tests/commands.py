"""The command in a process that has it loaded already: a fork server starts one in no time, and any may be killed."""

import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path


def prepared(arguments: Sequence[str], stdout: Path) -> BaseProcess:
    """A process of ``passerelle ARGUMENTS``, not started, that writes its output to a file."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["translator.cli"])
    return context.Process(target=_run, args=(list(arguments), str(stdout)))


def _run(arguments: list[str], stdout: str) -> None:
    from translator.cli import app, run

    handle = os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.argv = ["passerelle", *arguments]
    sys.exit(run(app))
