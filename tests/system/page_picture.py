"""Takes docs/page.png, the README's picture of the page: the example article, one sentence lit.

Run from the repository's root: ``PYTHONPATH=.:tests .venv/bin/python tests/system/page_picture.py``. It needs Debian's
chromium; with fonts-inter and fonts-noto-core the page looks as on most desktops.
"""

import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import expect, sync_playwright
from serving import served

from service.settings import Settings
from translator import Translator

ROOT: Final = Path(__file__).resolve().parents[2]
LIT: Final = 6
"""The sentence under the pointer: one with names, in the middle of the picture."""


def main() -> None:
    article = (ROOT / "docs" / "example" / "article.fr.txt").read_text(encoding="utf-8")
    with (
        tempfile.TemporaryDirectory() as state,
        served(Translator.load(), Settings(state_dir=Path(state))) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", reduced_motion="reduce")
        page.goto(server.url)
        page.fill("#source", article)
        page.click("#translate")
        expect(page.locator("#status")).to_contain_text("sentences", timeout=60_000)
        page.locator("#target .sentence").nth(LIT).hover()
        page.screenshot(path=ROOT / "docs" / "page.png")
        browser.close()


if __name__ == "__main__":
    main()
