"""Through the command, as a user meets it: what goes in, what comes out, and what each mistake says."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from translator import Translator
from translator.cli import app, run

COMMAND = [sys.executable, "-m", "translator"]


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


class Command:
    """The command in this process; `stdin` is what is piped into it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capfd = monkeypatch, capfd

    def __call__(self, *arguments: object, stdin: bytes | None = None, tmp: Path | None = None) -> Result:
        self._monkeypatch.setattr(sys, "argv", ["passerelle", *map(str, arguments)])
        if stdin is not None:
            assert tmp is not None
            (tmp / "stdin").write_bytes(stdin)
        before = signal.getsignal(signal.SIGPIPE)
        try:
            with (tmp / "stdin" if stdin is not None and tmp else Path(os.devnull)).open(encoding="utf-8") as piped:
                self._monkeypatch.setattr(sys, "stdin", piped)
                status = run(app)
        finally:
            signal.signal(signal.SIGPIPE, before)
        out, err = self._capfd.readouterr()
        return Result(status, out, err)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capfd)


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "lettre.txt"
    path.write_text("Chère Anna,\n\n  Le train part demain à Brest. À bientôt !\n", encoding="utf-8")
    return path


def test_translates_a_file_to_stdout(command: Command, letter: Path, translator: Translator) -> None:
    result = command("translate", letter)

    assert result.status == 0
    assert result.out == translator.translate(letter.read_text(encoding="utf-8")).text
    assert result.err == ""


def test_translates_standard_input_into_a_file(command: Command, letter: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    result = command("translate", "-o", out, stdin=letter.read_bytes(), tmp=tmp_path)

    assert (result.status, result.out) == (0, "")
    assert "\n\n  " in out.read_text(encoding="utf-8")


def test_json_holds_segments_that_give_the_text_back(command: Command, letter: Path) -> None:
    source = letter.read_text(encoding="utf-8")
    plain = command("translate", letter).out
    value = json.loads(command("translate", letter, "--json").out)

    assert value["prefix"] + "".join(one["target"] + one["separator"] for one in value["segments"]) == plain
    for one in value["segments"]:
        assert source[one["start"] : one["end"]] == one["source"]


@pytest.mark.parametrize(("form", "sign"), [("tsv", "\t"), ("tmx", "<tu>"), ("html", "<table>")])
def test_bilingual_output_shows_both_sides(form: str, sign: str, command: Command, letter: Path) -> None:
    out = command("translate", letter, "--bilingual", form).out

    assert sign in out
    assert "Le train part demain" in out
    assert "train" in out.replace("Le train part demain", "")


def test_a_glossary_is_used(command: Command, letter: Path, tmp_path: Path) -> None:
    (tmp_path / "terms.tsv").write_text("train\tlocomotive engine\n", encoding="utf-8")
    result = command("translate", letter, "--glossary", tmp_path / "terms.tsv")

    assert "locomotive engine" in result.out


def test_an_empty_file_gives_an_empty_text(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    result = command("translate", tmp_path / "empty.txt")

    assert (result.status, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "bad.txt does not exist"),
        ("été, déjà vu à l’étranger, très agréable".replace("’", "'").encode("cp1252"), "byte 0xE9 at offset 0"),
        (b"\x7fELF" + bytes(range(32)) * 99, "is a binary file"),
        ("bon \ud800 jour".encode("utf-8", "surrogatepass"), "byte 0xED at offset 4 is not valid utf-8"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    content: bytes | None, message: str, command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "bad.txt"
    if content is not None:
        path.write_bytes(content)
    result = command("translate", path, "-o", tmp_path / "out.txt")

    assert result.status == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lines", "sometimes"], "lines is 'sometimes'; allowed are 'auto', 'keep' and 'join'"),
        (["--beam", "0"], "beam_size is 0; allowed are 1 to 16"),
        (["--bilingual", "pdf"], "--bilingual is 'pdf'; allowed are tsv, tmx, html"),
        (["--model", "nosuch"], "no model 'nosuch'"),
        (["--format", "wordstar"], "unknown format 'wordstar'"),
        (["--encoding", "klingon"], "unknown encoding 'klingon'"),
        (["--glossary", "nowhere.tsv"], "nowhere.tsv"),
        (["-o", "/nowhere/out.txt"], "the folder /nowhere does not exist"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(arguments: list[str], message: str, command: Command, letter: Path) -> None:
    result = command("translate", letter, *arguments)

    assert result.status == 2
    assert message in result.err
    assert "Traceback" not in result.err


def test_a_folder_is_pointed_to_bulk(command: Command, tmp_path: Path) -> None:
    result = command("translate", tmp_path)

    assert result.status == 2
    assert "passerelle bulk" in result.err


def test_another_encoding_is_read_when_named(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("Le café est fermé.".encode("latin-1"))

    assert command("translate", path, "--encoding", "latin-1").status == 0


def test_text_that_is_not_french_is_translated_with_a_warning(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "de.txt"
    path.write_text(
        "Der Zug fährt morgen früh um acht Uhr nach Hamburg, und wir freuen uns sehr darauf.\n", encoding="utf-8"
    )
    result = command("translate", path)

    assert result.status == 0
    assert "looks like 'de'" in result.err
    assert result.out.strip()


def test_nul_bytes_come_through(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "nul.txt"
    path.write_bytes(b"Le train part demain matin.\0\nIl arrive ce soir, vers huit heures.\n")
    result = command("translate", path)

    assert result.status == 0
    assert "\0" in result.out


def test_model_info_names_what_matters(command: Command) -> None:
    out = command("model", "info").out

    for word in ("architecture", "vocabulary", "8001", "passerelle-1", "6+2 layers"):
        assert word in out


def test_model_import_and_list(command: Command, tmp_path: Path) -> None:
    assert command("model", "import", "shipped", "--out", tmp_path / "m").status == 0
    assert (tmp_path / "m" / "manifest.json").is_file()
    assert "passerelle-fr-en" in command("model", "list").out


def test_model_fetch_without_network_says_what_to_do(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The hub's client reads HF_HUB_OFFLINE once, when it is imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    result = command("model", "fetch", "Helsinki-NLP/opus-mt-fr-en", "--out", tmp_path / "opus")

    assert result.status == 2
    assert "on a machine that has" in result.err
    assert not (tmp_path / "opus").exists()


def test_a_closed_pipe_ends_quietly(letter: Path, tmp_path: Path) -> None:
    long = tmp_path / "long.txt"
    long.write_text(letter.read_text(encoding="utf-8") * 300, encoding="utf-8")
    command = f"{shutil.which('env')} {' '.join(COMMAND)} translate {long} | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=120)

    assert len(done.stdout) == 10
    assert done.stderr == b""


def test_output_is_utf8_whatever_the_locale(letter: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    letter.write_text("« Oui », dit Zoë Šimić.", encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "translate", str(letter)], capture_output=True, check=True, env=environment, timeout=120
    )

    assert "Zoë Šimić" in done.stdout.decode("utf-8")


def test_ctrl_c_ends_with_130_and_leaves_no_half_file(letter: Path, tmp_path: Path) -> None:
    long, out = tmp_path / "long.txt", tmp_path / "out" / "long.en.txt"
    out.parent.mkdir()
    lines = (f"Le train numéro {number} part demain matin de Brest, à huit heures.\n" for number in range(200_000))
    long.write_text("".join(lines), encoding="utf-8")
    with subprocess.Popen([*COMMAND, "translate", str(long), "-o", str(out)], stderr=subprocess.PIPE) as process:
        try:
            while not list(out.parent.iterdir()):
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 130
        finally:
            process.kill()
    assert list(out.parent.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="a file size limit stands in for a full disk on Linux")
def test_a_full_disk_leaves_the_old_output_untouched(letter: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    out.write_text("old")
    long = tmp_path / "long.txt"
    long.write_text(letter.read_text(encoding="utf-8") * 200, encoding="utf-8")
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
    limit += "from translator.cli import app, run; import sys; sys.exit(run(app))"
    # The model is converted into a temporary folder first; a converted one needs none.
    model = tmp_path / "model"
    subprocess.run([*COMMAND, "model", "import", "shipped", "--out", str(model)], check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-c", limit, "translate", str(long), "-o", str(out), "--model", str(model)],
        capture_output=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 1
    assert b"File too large" in done.stderr
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lettre.txt", "long.txt", "model", "out.txt"]
