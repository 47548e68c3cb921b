"""This project as one of the programs of benchmarks/peers.py: articles in, articles out, all defaults.

Articles go one call each, as the other programs get them.
"""

import json
import sys
import time

import psutil

from benchmarks.contestants import private_stdout
from translator import Translator

_MIB = 2**20


def main() -> None:
    """Answer jobs on standard input until there are no more."""
    answers = private_stdout()
    translator = Translator.load()
    process = psutil.Process()
    for line in sys.stdin:
        articles = json.loads(line)["texts"]
        start = time.process_time()
        texts = [translator.translate(article).text for article in articles]
        cpu_seconds = time.process_time() - start
        rss_mib = round(process.memory_info().rss / _MIB, 1)
        answers.write(json.dumps({"texts": texts, "cpu_seconds": cpu_seconds, "rss_mib": rss_mib}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
