"""What a release is made of: wheel and sdist hold what they must and install alone, and the image's lock fits them."""

import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([\w.-]+)==([^ ;\\]+)(?: ; ([^\\]+?))?(?: \\)?$", re.MULTILINE)
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")
LOCKS = sorted(ROOT.glob("requirements/*.txt"))


def project() -> dict[str, Any]:
    content: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel made from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


def test_the_wheel_carries_code_model_data_and_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))
    model = "translator/models/passerelle-fr-en"
    needed = {f"{model}/{name}" for name in ("model.safetensors", "manifest.json", "source.spm", "config.json")}
    needed |= {"translator/entities/lexicon.tsv", "translator/entities/ordinary.txt", "service/cli.py"}
    needed |= {f"{package}/py.typed" for package in ("translator", "service")}
    tracked = subprocess.run(["git", "ls-files", "service/web"], cwd=ROOT, capture_output=True, text=True, check=True)
    needed |= set(tracked.stdout.split())
    assert needed <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [
        name
        for name in names
        if name.startswith(("tests/", "benchmarks/", "training/corpus/", ".")) or "__pycache__" in name
    ]
    assert "License-Expression: Apache-2.0 AND CC-BY-SA-4.0" in metadata


def test_the_sdist_builds_alone_and_holds_no_leftovers(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "translator/pipeline.py"} <= names
    assert not [name for name in names if name.startswith((".venv", ".oci", ".training", "benchmarks/.peers"))]


def test_the_wheel_installs_in_a_clean_environment_and_translates(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel]
    subprocess.run(command, check=True, capture_output=True)
    # Its dependencies come from this environment; the code and the model from the wheel alone.
    beside = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": beside, "HOME": str(tmp_path)}
    check = "import sys, translator; assert translator.__file__.startswith(sys.prefix), translator.__file__"
    for arguments in (["-c", check], [tmp_path / "venv" / "bin" / "passerelle", "model", "info"]):
        done = subprocess.run([python, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_is_a_version_with_hashes(lock: Path) -> None:
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if HASH.match(line):
            assert line.endswith("\\") == following.startswith("    ")
        else:
            assert PINNED.match(line), line
            assert HASH.match(following), f"{line} has no hash"


def test_the_locks_name_no_host() -> None:
    for lock in LOCKS:
        assert "://" not in lock.read_text(encoding="utf-8")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES)
def test_the_image_lock_is_what_pyproject_asks_for(python: str, machine: str) -> None:
    """On a difference, run requirements/lock.sh."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    locked: dict[str, str] = {}
    for name, version, marker in PINNED.findall((ROOT / "requirements" / "image.txt").read_text(encoding="utf-8")):
        requirement = Requirement(f"{name}=={version}" + (f" ; {marker}" if marker else ""))
        if requirement.marker is None or requirement.marker.evaluate(environment):
            assert canonicalize_name(name) not in locked, f"{name} is locked twice"
            locked[canonicalize_name(name)] = version
    metadata = project()["project"]
    for text in (*metadata["dependencies"], *metadata["optional-dependencies"]["documents"]):
        wanted = Requirement(text)
        assert locked.get(canonicalize_name(wanted.name)) in wanted.specifier, text
    assert not {"torch", "transformers", "pyarrow"} & set(locked)


def test_the_build_lock_is_what_pyproject_asks_for() -> None:
    text = (ROOT / "requirements" / "build.txt").read_text(encoding="utf-8")
    locked = {canonicalize_name(name): version for name, version, _ in PINNED.findall(text)}
    for requirement in map(Requirement, project()["build-system"]["requires"]):
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier
