"""What docs/deepl.md and docs/libretranslate.md tell people to type works, on the article too."""

import re
import subprocess
import sys
from pathlib import Path

import deepl
import pytest
from serving import Serve

DOCS = Path(__file__).resolve().parents[2] / "docs"
ADDRESS = re.compile(r"http://(?:translate\.example|localhost):\d+")


@pytest.mark.parametrize(("page", "key"), [("deepl.md", '"psk_…"'), ("libretranslate.md", "None")])
def test_the_code_of_the_pages_runs(serve: Serve, page: str, key: str) -> None:
    served = serve()
    token = served.runtime.keys.add("newsroom")[1]
    code = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)[0]
    assert key in code
    program = ADDRESS.sub(served.url, code).replace(key, repr(token))
    *setup, last = program.strip().splitlines()
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*setup, f"print({last})"])], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip()


@pytest.mark.system
def test_an_article_with_a_glossary(serve: Serve, shared: Path) -> None:
    served = serve()
    article = (shared / "examples" / "otan-irak.fr.txt").read_text(encoding="utf-8")
    client = deepl.DeepLClient(served.runtime.keys.add("newsroom")[1], server_url=served.url)
    terms = {"Daech": "IS", "Alliance": "Atlantic Alliance", "secrétaire général": "Secretary-General"}
    glossary = client.create_glossary("desk", "FR", "EN", terms)
    result = client.translate_text_with_glossary(article, glossary, target_lang="EN-GB")
    for source, target in terms.items():
        # A term is no part of a compound: « anti-Daech » is another word.
        assert result.text.count(target) >= len(re.findall(rf"(?<![\w-]){source}(?![\w-])", article)) > 0
    assert result.text.count("\n") == article.count("\n")
    assert result.billed_characters == len(article) == client.get_usage().character.count
    client.close()
