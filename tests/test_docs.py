"""What README.md and docs/ show is run, page by page, as a reader would: files beside it, a service on loopback.

Commands that need another machine (an image, a cluster, systemd, the hub) are run by the tests that `ELSEWHERE` names.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import docx
import pytest
from serving import Served, served

from service.settings import PREFIX, Settings
from translator import Translator
from translator.models import SHIPPED_DIRECTORY

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])
CLIENT_PAGES = {"deepl.md", "libretranslate.md"}
"""Their Python is run, as a program of its own, by tests/service/test_client_docs.py."""
ADDRESS = re.compile(r"(?:127\.0\.0\.1|localhost|translate\.example):\d+")
KEY = "psk_…"
SERVE = re.compile(r"^(.*passerelle serve.*)\n", re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASSIGNMENTS = re.compile(r"^(?:\w+=\S* )+")
ELSEWHERE = {
    "make ": "CI",
    "docker ": "tests/system/test_container.py",  # those of operate.md as they stand, but for Compose
    "kubectl ": "tests/system/test_deploy.py",
    "systemctl ": "tests/system/test_deploy.py",
    "cp deploy/": "tests/system/test_deploy.py",
    "pip install": "tests/test_packaging.py",
    "python3 -m venv": "tests/test_packaging.py",
    "/opt/passerelle/bin/pip": "tests/test_packaging.py",
    "passerelle model fetch": "tests/translator/test_models.py",
    "ray ": "tests/system/test_bulk_ray.py",
}
ON_A_CLUSTER = "--cluster"
ASSETS = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("source", "src")}
NO_ASSETS = {"canonical", "next", "prev", "edit"}


def blocks(page: Path, *languages: str) -> list[tuple[str, str]]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(language, text) for language, text in found if language in languages]


def commands(block: str) -> Iterator[str]:
    """The commands of a block, each with its continuation lines."""
    command = ""
    for line in block.splitlines(keepends=True):
        command += line
        complete = subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False)
        if complete.returncode == 0 and not complete.stderr and not command.rstrip().endswith("\\"):
            if command.strip():
                yield command
            command = ""
    assert not command, f"a command without its end: {command}"


def is_run_here(command: str) -> bool:
    bare = ASSIGNMENTS.sub("", command)
    return not bare.startswith(tuple(ELSEWHERE)) and ON_A_CLUSTER not in command


@pytest.fixture
def service(translator: Translator, desk: Path) -> Iterator[Served]:
    with served(translator, Settings(state_dir=desk / "state")) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the pages speak of."""
    shutil.copy(ROOT / "docs" / "example" / "article.fr.txt", tmp_path)
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "note.txt").write_text("Le port de Brest a rouvert mardi.\n", encoding="utf-8")
    report = docx.Document()
    report.add_paragraph("Le port de Brest a rouvert mardi.")
    report.save(str(tmp_path / "report.docx"))
    (tmp_path / "opus-mt-fr-en").symlink_to(SHIPPED_DIRECTORY)
    for name in ("docs", "translator"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"{PREFIX}STATE_DIR", str(tmp_path / "state"))
    return tmp_path


def run_shell(block: str, desk: Path) -> None:
    script = "".join(command for command in commands(block) if is_run_here(command))
    script = SERVE.sub(started_and_stopped, script)
    # As in a light install: torch takes seconds to import wherever it is found.
    (desk / "light").mkdir(exist_ok=True)
    (desk / "light" / "torch.py").write_text("raise ImportError('not installed')\n", encoding="utf-8")
    # An answer that is an error fails its command, which curl itself only does on request.
    (desk / ".curlrc").write_text("fail\n", encoding="utf-8")
    modules = os.pathsep.join([str(desk / "light"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=desk,
        env=os.environ | {"PATH": path, "PYTHONPATH": modules, "CURL_HOME": str(desk)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


def started_and_stopped(command: re.Match[str]) -> str:
    """The service on a free port until it is ready; it must end well."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    wait = "curl -fsS -o ready --retry 60 --retry-delay 1 --retry-all-errors"
    return f"{command[1]} --port {port} & {wait} http://127.0.0.1:{port}/health/ready; kill $!; wait $!\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_everything_a_page_shows_works(page: Path, desk: Path, service: Served) -> None:
    shown = blocks(page, *(("sh",) if page.name in CLIENT_PAGES else ("sh", "python")))
    names: dict[str, object] = {}
    token = service.runtime.keys.add("reader")[1] if any(KEY in text for _, text in shown) else ""
    for language, text in shown:
        here = ADDRESS.sub(service.url.removeprefix("http://"), text).replace(KEY, token)
        if language == "sh":
            run_shell(here, desk)
        else:
            exec(compile(here, page.name, "exec"), names)


def test_every_block_is_of_a_language_that_is_checked() -> None:
    for page in PAGES:
        languages = {language for language, _ in BLOCK.findall(page.read_text(encoding="utf-8"))}
        assert languages <= {"sh", "python", "text", "json", "yaml", "toml"}, page.name


def test_a_command_that_fails_is_noticed(desk: Path) -> None:
    with pytest.raises(AssertionError, match="nothing-here"):
        run_shell("passerelle translate nothing-here.txt\n", desk)


def test_an_answer_that_is_an_error_is_noticed(desk: Path, service: Served) -> None:
    with pytest.raises(AssertionError, match="404"):
        run_shell(f"curl -sS {service.url}/v1/nothing-here\n", desk)


class Assets(HTMLParser):
    """Addresses of what a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("rel") not in NO_ASSETS:
            self.found += [value for name, value in attrs if (tag, name) in ASSETS and value]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a broken link or an orphaned page is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) >= len(PAGES) - 1
    for page in pages:
        assets = Assets()
        assets.feed(page.read_text(encoding="utf-8"))
        assert assets.found
        assert not [address for address in assets.found if "://" in address], page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?https?:|@import", style.read_text(encoding="utf-8")), style


def test_the_site_has_every_setting_and_says_what_it_is_for(site: Path) -> None:
    page = (site / "settings" / "index.html").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"{PREFIX}{name.upper()}</code>" in page
        assert field.description, name


def test_the_site_names_the_licence_of_every_package_of_the_image(site: Path) -> None:
    page = (site / "licences" / "index.html").read_text(encoding="utf-8")
    for name in ("ctranslate2", "fastapi", "sentencepiece", "lxml", "numpy"):
        assert re.search(rf"<td>{name}</td>\s*<td>[^<]*(?:MIT|Apache|BSD)", page), name


def test_figures_come_from_results(site: Path) -> None:
    page = (site / "benchmarks" / "index.html").read_text(encoding="utf-8")
    for result in (ROOT / "benchmarks" / "results").glob("*.json"):
        assert result.name in page
    assert "<!-- figures" not in page
