"""Other translation programs, each run in an environment of its own: articles in, articles out, all with our weights.

    python -m venv benchmarks/.peers/plain   && benchmarks/.peers/plain/bin/pip install torch "transformers<5" \
        sentencepiece sacremoses psutil
    python -m venv benchmarks/.peers/argos   && benchmarks/.peers/argos/bin/pip install argostranslate psutil
    python -m venv benchmarks/.peers/easynmt && benchmarks/.peers/easynmt/bin/pip install EasyNMT psutil

This file imports nothing of the project, since the peers' environments do not hold it. Answers are those of contest.py.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Translate = Callable[[str], str]
_MIB = 2**20
_PIPELINE_BATCH = 8


def _argos(directory: Path) -> Translate:
    """`directory` is a packages folder with one package, fr to en."""
    os.environ["ARGOS_PACKAGES_DIR"] = str(directory)
    translate = import_module("argostranslate.translate")
    translation = translate.get_translation_from_codes("fr", "en")
    return lambda article: str(translation.translate(article))


def _plain(directory: Path) -> Translate:
    """transformers' own pipeline on the paragraphs of the article, batched as its documentation advises."""
    pipeline: Any = import_module("transformers").pipeline
    translator = pipeline("translation", model=str(directory), device="cpu", batch_size=_PIPELINE_BATCH, num_beams=4)

    def translate(article: str) -> str:
        lines = article.split("\n")
        full = [index for index, line in enumerate(lines) if line.strip()]
        for index, found in zip(full, translator([lines[index] for index in full]), strict=True):
            lines[index] = found["translation_text"]
        return "\n".join(lines)

    return translate


def _easynmt(directory: Path) -> Translate:
    """EasyNMT with a model of a folder, on paragraphs: its own splitter needs data of NLTK that it would download."""
    easynmt: Any = import_module("easynmt")
    models: Any = import_module("easynmt.models")
    model = easynmt.EasyNMT(translator=models.AutoModel(str(directory)))

    def translate(article: str) -> str:
        lines: list[str] = model.translate(
            article.split("\n"),
            source_lang="fr",
            target_lang="en",
            beam_size=4,
            batch_size=_PIPELINE_BATCH,
            perform_sentence_splitting=False,
        )
        return "\n".join(lines)

    return translate


PEERS: dict[str, Callable[[Path], Translate]] = {"argos": _argos, "plain": _plain, "easynmt": _easynmt}


def main() -> None:
    """One peer, named by the first argument, on the model of the second."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    translate = PEERS[sys.argv[1]](Path(sys.argv[2]))
    process = import_module("psutil").Process()
    for line in sys.stdin:
        articles = json.loads(line)["texts"]
        start = time.process_time()
        texts = [translate(article) for article in articles]
        cpu_seconds = time.process_time() - start
        rss_mib = round(process.memory_info().rss / _MIB, 1)
        answers.write(json.dumps({"texts": texts, "cpu_seconds": cpu_seconds, "rss_mib": rss_mib}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
