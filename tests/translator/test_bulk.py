"""The bulk command as a user meets it: an archive in, its mirror out, and what each mistake or damage says."""

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import archive
import pyarrow.parquet
import pytest

from translator import Translator
from translator.acquisition import import_model
from translator.cli import app, run
from translator.formats import FORMATS, HEAD_BYTES, Selection, detect_format, translate_document

COMMAND = [sys.executable, "-m", "translator", "bulk"]
PATIENCE_S = 60


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        (line,) = self.out.splitlines()
        values: dict[str, Any] = json.loads(line)
        return values


Bulk = Callable[..., Result]


@pytest.fixture
def bulk(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Bulk:
    """The command in this process, into the folder `out` of the test."""

    def call(*arguments: object, stdin: bytes = b"", out: str = f"{tmp_path}/out") -> Result:
        (tmp_path / ".stdin").write_bytes(stdin)
        before = signal.getsignal(signal.SIGPIPE)
        with (tmp_path / ".stdin").open(encoding="utf-8") as piped:
            monkeypatch.setattr(sys, "stdin", piped)
            monkeypatch.setattr(sys, "argv", ["passerelle", "bulk", *map(str, arguments), "--out", out])
            try:
                status = run(app)
            finally:
                signal.signal(signal.SIGPIPE, before)
        out, err = capfd.readouterr()
        return Result(status, out, err)

    return call


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def errors(out: Path) -> list[dict[str, Any]]:
    path = out / "errors.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def outputs(out: Path) -> dict[str, bytes]:
    files = [path for path in out.rglob("*") if path.is_file() and ".passerelle" not in path.parts]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def texts_of(path: Path) -> list[str]:
    """What a document says."""
    data = path.read_bytes()
    format = FORMATS[detect_format(path.name, data[:HEAD_BYTES])]
    return [text.text for text in format.read(data, Selection(column="text")).texts]


class TestArchive:
    def test_every_format_with_one_command(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        names = archive.build(inputs)
        result = bulk(inputs, "--column", "text")

        assert (result.status, result.err) == (0, "")
        assert result.summary["translated"] == result.summary["files"] == len(names) >= 20
        assert result.summary["records"] == 4 * sum(text != "" for _, text in archive.ROWS)
        written = outputs(out)
        assert sorted(written) == sorted(name + ".txt" * name.endswith(".pdf") for name in names)
        for name in names:
            if not name.endswith((".pdf", ".po", ".xlf", ".xliff", ".tmx")):
                before, after = texts_of(inputs / name), texts_of(out / name)
                assert len(after) == len(before), name
                assert all(one != other for one, other in zip(before, after, strict=True)), name
        assert b'msgstr ""' not in written["logiciel/fr.po"].partition(b"Ouvrir")[2]
        assert written["logiciel/memoire.tmx"].count(b"<seg>") == 2
        assert b"<target>" in written["logiciel/fr.xlf"]
        assert b"<target>" in written["logiciel/fr2.xliff"]
        assert b"bill" in written["bureau/facture.pdf.txt"]

    def test_tables_keep_their_records_and_gain_a_column(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        archive.build(inputs)
        assert (
            bulk(inputs / "données", "--column", "text", "--into", "text_en", "--path", "$.plats[*].titre").status == 0
        )

        with (out / "avis.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [(row["id"], row["text"].replace("\r\n", "\n")) for row in rows] == archive.ROWS
        assert "six" in rows[0]["text_en"]
        assert len(rows[1]["text_en"].splitlines()) == 2
        assert rows[2]["text_en"] == ""
        jsonl = [json.loads(line) for line in (out / "avis.jsonl").read_text("utf-8").splitlines()]
        parquet = pyarrow.parquet.read_table(out / "avis.parquet").to_pylist()
        assert [row.get("text_en") or "" for row in jsonl] == [row["text_en"] for row in rows]
        assert [row["text_en"] or "" for row in parquet] == [row["text_en"] for row in rows]
        menu = json.loads((out / "menu.json").read_text("utf-8"))
        assert menu["prix"] == 12
        assert menu["plats"][0]["titre"] != "La soupe du jour"

    def test_processes_give_the_same_words(self, bulk: Bulk, inputs: Path, out: Path, tmp_path: Path) -> None:
        archive.build(inputs)
        assert bulk(inputs, "--column", "text", "--processes", 1, "--records-per-shard", 2).status == 0
        out.rename(tmp_path / "one")
        result = bulk(inputs, "--column", "text", "--processes", 2, "--records-per-shard", 2)

        assert result.status == 0
        assert sorted(outputs(out)) == sorted(outputs(tmp_path / "one"))
        for name in outputs(out):
            assert texts_of(out / name) == texts_of(tmp_path / "one" / name), name

    def test_a_document_among_others_comes_out_as_alone(
        self, bulk: Bulk, inputs: Path, out: Path, translator: Translator, tmp_path: Path
    ) -> None:
        names = archive.build(inputs)
        assert bulk(inputs, "--column", "text").status == 0
        for name in names:
            alone = tmp_path / f"alone-{Path(name).name}"
            translate_document(inputs / name, alone, "auto", translator, selection=Selection(column="text"))
            among = out / (name + ".txt" * name.endswith(".pdf"))
            assert texts_of(among) == texts_of(alone if among.suffix != ".txt" else alone.rename(f"{alone}.txt")), name

    def test_shards_of_a_table_give_what_the_whole_gives(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        lines = [f"Le numéro {number} est {'ouvert' if number % 3 else 'fermé'}." for number in range(47)]
        (inputs / "t.jsonl").write_text("".join(json.dumps({"t": line}) + "\n" for line in lines), encoding="utf-8")
        assert bulk(inputs, "--column", "t", "--records-per-shard", 5).status == 0

        found = [json.loads(line)["t"] for line in (out / "t.jsonl").read_text("utf-8").splitlines()]
        assert [next(word for word in line.split() if word.isdigit()) for line in found] == list(map(str, range(47)))
        assert not (out / ".passerelle" / "shards").exists()


class TestInputs:
    def test_files_patterns_and_standard_input(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        (inputs / "a").mkdir()
        for name in ("a/x.txt", "a/y.md", "z.txt"):
            (inputs / name).write_text("Le chien dort.", encoding="utf-8")
        result = bulk(inputs / "z.txt", f"{inputs}/**/*.md", "-", stdin=b"Le soleil brille.\n")

        assert result.status == 0
        assert sorted(outputs(out)) == ["a/y.md", "stdin.txt", "z.txt"]
        assert "sun" in (out / "stdin.txt").read_text("utf-8")

    def test_lines_as_records(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        text = "Le chat dort.\r\n\nIl fait froid.\nLe vent souffle."
        (inputs / "x.txt").write_bytes(text.encode())
        result = bulk(inputs, "--format", "lines")

        found = (out / "x.txt").read_bytes().decode()
        assert result.summary["records"] == 3
        assert [line.endswith("\r") for line in found.split("\n")] == [True, False, False, False]
        assert found.split("\n")[1] == ""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["nowhere"], "nowhere does not exist"),
            (["nowhere/*.txt"], "no file matches nowhere/*.txt"),
            (["in", "--format", "wordstar"], "unknown format 'wordstar'"),
            (["in", "--lines", "sometimes"], "lines is 'sometimes'"),
            (["in", "--model", "./nothing"], "no model"),
            (["in", "--cluster", "slurm"], "allowed is ray"),
        ],
    )
    def test_bad_usage_is_one_line(
        self, bulk: Bulk, inputs: Path, out: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(inputs.parent)
        result = bulk(*arguments)

        assert (result.status, result.out) == (2, "")
        assert message in result.err
        assert len(result.err.splitlines()) == 1
        assert not out.exists()

    def test_links_in_a_circle_and_hidden_names(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        (inputs / "a" / ".git").mkdir(parents=True)
        (inputs / "a" / ".git" / "x.txt").write_text("Bonjour", encoding="utf-8")
        (inputs / "a" / "x.txt").write_text("Bonjour", encoding="utf-8")
        (inputs / "a" / "again").symlink_to(inputs)
        (inputs / "0first").symlink_to(inputs / "a")
        (inputs / "self.txt").symlink_to(inputs / "self.txt")
        result = bulk(inputs)

        assert result.status == 2
        assert sorted(outputs(out)) == ["a/x.txt", "errors.jsonl"]
        assert [error["file"] for error in errors(out)] == ["self.txt"]

    def test_an_output_folder_inside_the_input_is_no_input(self, bulk: Bulk, tmp_path: Path, out: Path) -> None:
        (tmp_path / "x.txt").write_text("Bonjour à tous.", encoding="utf-8")
        assert bulk(tmp_path).status == 0
        result = bulk(tmp_path, "--resume")

        assert result.summary["files"] == result.summary["already"] == 1
        assert sorted(outputs(out)) == ["x.txt"]

    def test_output_over_the_input_is_refused(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        inputs.rename(out)
        (out / "x.txt").write_text("Bonjour à tous.", encoding="utf-8")

        assert "is both input and output" in bulk(out).err
        assert "is there already" in bulk(out / "x.txt").err
        assert (out / "x.txt").read_text("utf-8") == "Bonjour à tous."

    def test_two_inputs_of_one_name_are_refused(self, bulk: Bulk, inputs: Path) -> None:
        for folder in ("a", "b"):
            (inputs / folder).mkdir()
            (inputs / folder / "x.txt").write_text("Bonjour", encoding="utf-8")
        result = bulk(inputs / "a", inputs / "b")

        assert result.status == 2
        assert "would both be written to x.txt" in result.err

    def test_names_that_differ_in_case_and_names_of_our_own(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        for name in ("Note.txt", "note.txt", "errors.jsonl"):
            (inputs / name).write_text('"Bonjour"\n', encoding="utf-8")
        assert bulk(inputs).status == 0

        assert sorted(outputs(out)) == ["Note.txt", "errors~2.jsonl", "note.txt"]

    def test_progress_is_for_a_terminal_alone(self, bulk: Bulk, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (inputs / "x.txt").write_text("Le chien dort. " * 9, encoding="utf-8")
        monkeypatch.setenv("FORCE_COLOR", "1")  # what makes rich take a file for a terminal
        shown = bulk(inputs)
        monkeypatch.delenv("FORCE_COLOR")

        assert shown.summary["translated"] == 1
        assert "words/s" in shown.err
        assert bulk(inputs, "--resume").err == ""

    def test_a_glossary_reaches_every_process(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        (inputs / "x.txt").write_text("Le train part demain.", encoding="utf-8")
        (inputs.parent / "terms.tsv").write_text("train\tlocomotive engine\n", encoding="utf-8")
        assert bulk(inputs, "--glossary", inputs.parent / "terms.tsv", "--processes", 2).status == 0

        assert "locomotive engine" in (out / "x.txt").read_text("utf-8")

    def test_dry_run_counts_and_writes_nothing(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        (inputs / "a.txt").write_text("Le chien dort dans le jardin. " * 20, encoding="utf-8")
        (inputs / "b.csv").write_text('text\n"Un, deux"\nTrois\n', encoding="utf-8")
        (inputs / "photo.png").write_bytes(b"\x89PNG")
        result = bulk(inputs, "--dry-run")

        assert result.status == 0
        counted = result.summary
        assert (counted["files"], counted["records"], counted["words"], counted["skipped"]) == (2, 2, 123, 1)
        assert counted["words_per_s"] > 0
        assert not out.exists()


class TestDamage:
    def test_bad_files_are_listed_and_the_rest_is_done(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        archive.build(inputs)
        word = (inputs / "bureau" / "musée.docx").read_bytes()
        bad = {
            "coupé.docx": (word[: len(word) // 2], "zip container"),
            "chiffré.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted"),
            "image.docx": (b"\x89PNG\r\n\x1a\n" + bytes(600), "not docx"),
            "word.txt": (word, "zip container"),
            "ancien.txt": ("L'été dernier, la forêt était très sèche.".encode("cp1252"), "not valid utf-8"),
            "bad.json": (b'{"a": ', "bad JSON, line 1"),
            "bad.parquet": (b"PAR1" + bytes(100), "Parquet"),
            "sans.csv": (b"a,b\n1,2\n", "no column 'text'"),
        }
        for name, (data, _) in bad.items():
            (inputs / name).write_bytes(data)
        result = bulk(inputs, "--column", "text")

        assert result.status == 2
        assert result.err.count("\n") == 1
        assert "errors.jsonl" in result.err
        found = {error["file"]: error["reason"] for error in errors(out)}
        assert sorted(found) == sorted(bad)
        for name, (_, reason) in bad.items():
            assert reason in found[name], (name, found[name])
        assert result.summary["translated"] == len(archive.build(inputs))

    def test_a_mended_file_is_done_by_resume(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        (inputs / "a.txt").write_bytes("L'été dernier, la forêt était très sèche.".encode("cp1252"))
        (inputs / "b.txt").write_text("Il pleut.", encoding="utf-8")
        assert bulk(inputs).status == 2
        (inputs / "a.txt").write_text("L'été dernier, la forêt était très sèche.", encoding="utf-8")
        result = bulk(inputs, "--resume")

        assert (result.status, result.summary["already"], result.summary["translated"]) == (0, 1, 1)
        assert sorted(outputs(out)) == ["a.txt", "b.txt"]

    def test_other_encodings_are_read_when_named(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        (inputs / "a.txt").write_bytes("L'été est là, à l'ouest.".encode("cp1252"))
        (inputs / "t.csv").write_bytes("text;n\nLa forêt est sèche.;1\n".encode("cp1252"))
        assert bulk(inputs, "--encoding", "cp1252", "--column", "text").status == 0

        (out / "a.txt").read_bytes().decode("cp1252")
        assert "forest" in (out / "t.csv").read_bytes().decode("cp1252")

    def test_ragged_rows_stay_and_are_listed_once(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        table = 'id,text\n1,"La mer\nest ""calme""."\n2,trop,de champs\n3,Le ciel est bleu.\n4,"jamais fermé\n'
        (inputs / "t.csv").write_text(table, encoding="utf-8")
        result = bulk(inputs, "--column", "text", "--records-per-shard", 1)

        assert (result.status, result.summary["failures"], result.summary["records"]) == (2, 2, 2)
        assert [(error["record"], error["line"]) for error in errors(out)] == [(2, 4), (4, 6)]
        written = (out / "t.csv").read_text("utf-8")
        assert "\n2,trop,de champs\n" in written
        assert written.endswith('4,"jamais fermé\n')
        again = bulk(inputs, "--column", "text", "--resume", "--records-per-shard", 1)
        assert (again.status, again.summary["failures"], len(errors(out))) == (2, 2, 2)

    @pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
    def test_a_line_of_200_megabytes(self, inputs: Path, out: Path) -> None:
        with (inputs / "long.jsonl").open("wb") as file:
            file.write(b'{"t": "Le chat dort."}\n{"t": "')
            for _ in range(200):
                file.write(b"mot " * (1 << 18))
            file.write(b'"}\n{"t": "Le chien court."}\n')
        # What getrusage says of a child counts its parent before the exec; /proc does not.
        code = (
            "import sys; from translator.cli import app, run; status = run(app); "
            "lines = open('/proc/self/status'); "
            "print(*(line.split()[1] for line in lines if line.startswith('VmHWM')), file=sys.stderr); sys.exit(status)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "bulk", inputs, "--out", out, "--column", "t", "--processes", "1"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

        assert done.returncode == 2, done.stderr
        assert [error["record"] for error in errors(out)] == [2]
        lines = (out / "long.jsonl").read_text("utf-8").splitlines()
        assert "cat" in lines[0]
        assert "dog" in lines[-1]
        assert int(done.stderr.splitlines()[-1]) < 1 << 20  # kibibytes

    def test_a_long_text_is_streamed(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        lines = ["Le chien dort.", *["~ " * 300] * 600] * 2
        text = "\ufeff" + "\r\n\r\n".join(lines)
        (inputs / "x.txt").write_bytes(text.encode("utf-16-le"))
        result = bulk(inputs, "--lines", "keep")

        assert result.status == 0
        written = (out / "x.txt").read_bytes().decode("utf-16-le")
        assert written.startswith("\ufeff")
        found = written.removeprefix("\ufeff").split("\r\n\r\n")
        assert len(found) == len(lines)
        assert [number for number, line in enumerate(found) if "dog" in line] == [0, 601]


class TestFolder:
    def test_two_runs_at_once(self, bulk: Bulk, inputs: Path, out: Path) -> None:
        (inputs / "x.txt").write_text("Le vent souffle. " * 9, encoding="utf-8")
        first = subprocess.Popen([*COMMAND, "-", "--out", out], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with first:
            deadline = time.monotonic() + PATIENCE_S
            while not (out / ".passerelle" / "run.json").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            result = bulk(inputs, "--resume")
            first.communicate(b"Bonjour.")

        assert result.status == 2
        assert f"another run is writing to {out} (process {first.pid})" in result.err
        assert (first.returncode, sorted(outputs(out))) == (0, ["stdin.txt"])

    def test_an_earlier_run_needs_resume_and_the_same_settings(self, bulk: Bulk, inputs: Path) -> None:
        (inputs / "x.txt").write_text("Bonjour à tous.", encoding="utf-8")
        assert bulk(inputs).status == 0

        assert "go on with it by --resume" in bulk(inputs).err
        assert "was started with beam_size '4', not '2'" in bulk(inputs, "--resume", "--beam", 2).err

    @pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a file system that nobody can write to")
    def test_a_folder_that_cannot_be_written(self, bulk: Bulk, inputs: Path) -> None:
        (inputs / "x.txt").write_text("Bonjour à tous.", encoding="utf-8")
        result = bulk(inputs, out="/sys/kernel/passerelle")

        assert result.status == 2
        assert result.err.startswith("passerelle: the output folder /sys/kernel/passerelle cannot be written: ")

    def test_a_full_disk_ends_the_run_and_resume_goes_on(
        self, bulk: Bulk, inputs: Path, out: Path, tmp_path: Path
    ) -> None:
        import_model("shipped", tmp_path / "model", quantization="int8")
        (inputs / "a.txt").write_text("Il pleut.", encoding="utf-8")
        (inputs / "b.txt").write_text("".join(f"La page {n} est blanche.\n\n" for n in range(220)), encoding="utf-8")
        limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
        code = f"import sys; {limit}from translator.cli import app, run; sys.exit(run(app))"
        arguments = ["bulk", inputs, "--out", out, "--processes", "1", "--model", tmp_path / "model"]
        full = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)

        assert full.returncode == 1
        assert "b.txt: File too large; mend it and go on with --resume" in full.stderr
        assert not list(out.rglob("*.part"))
        result = bulk(inputs, "--resume", "--model", tmp_path / "model")
        assert result.status == 0
        assert sorted(outputs(out)) == ["a.txt", "b.txt"]

    @pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs to see the children of a process")
    def test_a_killed_run_leaves_no_worker(self, inputs: Path, out: Path) -> None:
        lines = (f"Le train de {n} heures arrive en gare avec {n} voyageurs." for n in range(20_000))
        (inputs / "x.txt").write_text("\n".join(lines), encoding="utf-8")
        command = [*COMMAND, inputs, "--out", out, "--format", "lines", "--processes", "2", "--records-per-shard", "9"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with process:
            deadline = time.monotonic() + PATIENCE_S
            while not list(out.rglob("0*.json")) and time.monotonic() < deadline:
                time.sleep(0.05)
            workers = _children(process.pid)
            process.kill()
        assert workers
        while any(map(_alive, workers)) and time.monotonic() < deadline:
            time.sleep(0.05)

        assert not any(map(_alive, workers))
        assert list(out.rglob("0*.json"))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
