"""bergamot, Firefox's engine, in an environment of its own: sentences in, sentences out.

The first argument is a Marian configuration, the second how many threads. This file imports nothing of the project and
runs on Python 3.10, for which bergamot has wheels. Answers are those of contest.py.
"""

import json
import os
import sys
import sysconfig
import time
from importlib import import_module
from pathlib import Path
from typing import Any

_MIB = 2**20


def _extension() -> Any:
    """The engine alone: the package around it downloads a list of models when it is imported."""
    sys.path.insert(0, str(Path(sysconfig.get_paths()["platlib"]) / "bergamot"))
    return import_module("_bergamot")


def main() -> None:
    """Answer jobs on standard input until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    bergamot = _extension()
    service = bergamot.Service(bergamot.ServiceConfig(numWorkers=int(sys.argv[2]), logLevel="off"))
    model = service.modelFromConfig(Path(sys.argv[1]).read_text(encoding="utf-8"))
    options = bergamot.ResponseOptions(alignment=False, qualityScores=False, HTML=False)
    process = import_module("psutil").Process()
    for line in sys.stdin:
        sentences = bergamot.VectorString(json.loads(line)["texts"])
        start = time.process_time()
        texts = [response.target.text for response in service.translate(model, sentences, options)]
        cpu_seconds = time.process_time() - start
        rss_mib = round(process.memory_info().rss / _MIB, 1)
        answers.write(json.dumps({"texts": texts, "cpu_seconds": cpu_seconds, "rss_mib": rss_mib}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
