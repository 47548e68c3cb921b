"""The image, built from the Dockerfile and run as operators run it: no root, a read-only file system, no network."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from marian import make_marian
from system import chroots
from system.containers import BASE, BUILD_TIMEOUT_S, PATIENCE_S, Podman, base_archive, podman, why_impossible

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "localhost/passerelle:test"
OPEN = ("--env", "PASSERELLE_OPEN=true")
MAX_IMAGE_BYTES = 350_000_000
MAX_RESIDENT_BYTES = 500_000_000
SENTENCE = "La ville a acheté trois nouveaux bus."

pytestmark = [pytest.mark.system, pytest.mark.timeout(BUILD_TIMEOUT_S)]


@pytest.fixture(scope="module")
def pod() -> Iterator[Podman]:
    if (reason := why_impossible()) is not None:
        pytest.skip(f"no container runs here: {reason}; the steps of the Dockerfile are run in a chroot instead")
    with podman(ROOT / ".oci") as running:
        running.make_base()
        yield running


@pytest.fixture(scope="module")
def image(pod: Podman) -> str:
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    pod.build(ROOT, IMAGE, BASE=BASE, VERSION="1.2.3", REVISION=revision.stdout.strip())
    return IMAGE


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_serves_without_root_and_stops_when_told(
    pod: Podman, image: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    with pod.running(image, *OPEN) as name:
        pod.wait_ready(name)
        ready_s = time.monotonic() - began
        body = json.dumps({"text": SENTENCE})
        answer = json.loads(pod.curl("/v1/translate", "--json", body).stdout)
        assert answer["model"] == "passerelle-fr-en"
        assert "three" in answer["translations"][0]["text"]
        assert pod("healthcheck", "run", name).returncode == 0

        status = pod("exec", name, "cat", "/proc/1/status").stdout
        fields = dict(line.split(":", 1) for line in status.splitlines())
        assert fields["Uid"].split() == ["10001"] * 4
        resident = int(fields["VmHWM"].split()[0]) * 1024
        assert resident < MAX_RESIDENT_BYTES
        for place in ("/opt/passerelle/x", "/var/tmp/x", "/x"):
            assert pod("exec", name, "touch", place, check=False).returncode != 0

        pod("kill", "--signal", "TERM", name)
        began = time.monotonic()
        assert pod("wait", name, timeout_s=20).stdout.strip() == "0"
        record_testsuite_property("stopped_s", round(time.monotonic() - began, 1))
    record_testsuite_property("ready_s", round(ready_s, 1))
    record_testsuite_property("resident_mb", round(resident / 1e6))


def test_the_steps_of_the_dockerfile_do_in_a_chroot_too(tmp_path: Path) -> None:
    """What is left to see where podman is impossible: as its user, on a read-only root, without network."""
    stage = chroots.build(tmp_path / "roots", base_archive(ROOT / ".oci"), ROOT, {"VERSION": "1.2.3"})
    with chroots.serving(stage) as service:

        def beside(*command: str) -> subprocess.CompletedProcess[str]:
            entered = ["nsenter", "--target", str(service.pid), "--mount", "--net", "--", *command]
            return subprocess.run(entered, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

        began = time.monotonic()
        probe = stage.command(stage.words("HEALTHCHECK"), {}, stage.told["USER"])
        while beside(*probe).returncode != 0:
            assert service.poll() is None, service.stderr and service.stderr.read()
            assert time.monotonic() - began < PATIENCE_S
        body = json.dumps({"text": SENTENCE})
        answer = beside("curl", "-fsS", "-m", "30", "--json", body, "http://127.0.0.1:5000/v1/translate")
        assert "three" in json.loads(answer.stdout)["translations"][0]["text"]
        assert Path(f"/proc/{service.pid}").stat().st_uid == 10001
        assert beside("touch", str(stage.at("/opt/passerelle/x"))).returncode != 0
        service.send_signal(signal.SIGTERM)
        assert service.wait(PATIENCE_S) == 0
    shutil.rmtree(tmp_path)


def test_what_is_in_the_image(
    pod: Podman, image: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    facts = pod.inspect("image", image)
    config = facts["Config"]
    assert (config["User"], config["StopSignal"]) == ("10001:10001", "SIGTERM")
    assert config["Labels"]["org.opencontainers.image.version"] == "1.2.3"
    record_testsuite_property("image_mb", round(facts["Size"] / 1e6))
    assert facts["Size"] < MAX_IMAGE_BYTES
    listing = "import sys, importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()))"
    flags = ("--entrypoint", "/opt/passerelle/bin/python")
    packages = pod.run(image, *flags, command=["-c", listing]).stdout.split()
    assert "passerelle" in packages
    assert not {"torch", "transformers", "pip", "setuptools", "hatchling"} & set(packages)
    present = "for p in gcc cc ld strip; do command -v $p && exit 1; done; ! ls /root/.cache /build /src 2>/dev/null"
    pod.run(image, "--entrypoint", "/bin/sh", command=["-c", present])


def test_an_sbom_names_what_is_in_it(pod: Podman, image: str) -> None:
    mounted = pod("image", "mount", image).stdout.strip()
    try:
        syft = str(Path(sys.executable).with_name("syft"))
        done = pod.inside([syft, "scan", f"dir:{mounted}/opt", "--output", "cyclonedx-json", "--quiet"])
    finally:
        pod("image", "umount", image)
    (ROOT / ".oci" / "sbom.json").write_text(done.stdout)
    parts = {(part["name"].lower(), part.get("version")) for part in json.loads(done.stdout)["components"]}
    names = {name for name, _ in parts}
    assert {"ctranslate2", "fastapi", "sentencepiece"} <= names
    assert ("passerelle", "1.2.3") in parts


def test_bulk_on_a_mounted_folder_as_any_user(pod: Podman, image: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    for folder in (source, target):
        folder.mkdir()
        os.chown(folder, 4321, 4321)
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)
    tmp_path.chmod(0o755)
    (source / "bus.txt").write_text(SENTENCE + "\n", encoding="utf-8")
    mounts = ("--volume", f"{source}:/in:ro", "--volume", f"{target}:/out", "--user", "4321:4321")
    pod.run(image, *mounts, command=["bulk", "/in", "--out", "/out"])
    result = target / "bus.txt"
    assert "three" in result.read_text(encoding="utf-8")
    assert result.stat().st_uid == 4321


def test_keys_and_jobs_stay_on_a_volume(pod: Podman, image: str, tmp_path: Path) -> None:
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)
    tmp_path.chmod(0o777)
    volume = ("--volume", f"{tmp_path}:/data", "--user", "4321:4321")
    refused = pod.run(image, *volume, command=["serve", "--host", "0.0.0.0"], check=False)
    assert refused.returncode == 2
    assert "passerelle keys add" in refused.stderr
    key = pod.run(image, *volume, command=["keys", "add", "desk"]).stdout.strip()
    with pod.running(image, *volume) as name:
        pod.wait_ready(name)
        body = json.dumps({"text": SENTENCE})
        assert pod.curl("/v1/translate", "--json", body, check=False).returncode != 0
        answer = pod.curl("/v1/translate", "--json", body, "--header", f"Authorization: Bearer {key}").stdout
        assert json.loads(answer)["characters"] == len(SENTENCE)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("PASSERELLE_MAX_TEXTS=many", "PASSERELLE_MAX_TEXTS='many'"),
        ("PASSERELLE_LOG_LEVEL=loud", "'debug', 'info', 'warning' or 'error'"),
        ("PASSERELLE_STATE_DIR=/opt/state", "PASSERELLE_STATE_DIR=/opt/state"),
        ("PASSERELLE_MEMORY_PATH=/opt/memory", "/opt/memory cannot be used"),
        ("PASSERELLE_MODEL=/opt/models/mine", "no model '/opt/models/mine'"),
    ],
)
def test_wrong_settings_stop_the_start_in_one_line(pod: Podman, image: str, setting: str, said: str) -> None:
    done = pod.run(image, *OPEN, "--env", setting, command=["serve"], check=False)
    assert done.returncode == 2
    *logged, told = done.stderr.splitlines()
    assert said in told
    assert told.startswith("passerelle: ")
    assert all(json.loads(line) for line in logged)


def test_a_broken_probe_is_noticed(pod: Podman, image: str) -> None:
    with pod.running(image, *OPEN, "--env", "PASSERELLE_PROBE_PORT=5999") as name:
        pod.wait_ready(name)
        assert pod("healthcheck", "run", name, check=False).returncode != 0


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A copy of what the image is built from, that a test may add to."""
    context = tmp_path / "context"
    context.mkdir()
    for name in ("Dockerfile", ".dockerignore", "LICENSE", "README.md", "pyproject.toml"):
        shutil.copy2(ROOT / name, context / name)
    for name in ("requirements", "deploy", "service", "training", "translator"):
        shutil.copytree(ROOT / name, context / name)
    return context


def test_the_commands_of_the_page(pod: Podman, context: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8").partition("## With Compose")[0]
    script = "".join(re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    assert script.count("docker run ") == 3
    (context / "archive").mkdir()
    (context / "archive" / "bus.txt").write_text(SENTENCE, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    pod.as_docker(tmp_path / "bin" / "docker")
    try:
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", script],
            cwd=context,
            env=os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        pod("rm", "--force", "--time", "0", "passerelle", check=False)
        pod("volume", "rm", "--force", "passerelle", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "psk_" in done.stdout
    assert "three" in (context / "english" / "bus.txt").read_text(encoding="utf-8")


def test_another_model_is_baked_in(pod: Podman, image: str, context: Path) -> None:
    make_marian(context / "models" / "mine", width=64, layers=1)
    tag = "localhost/passerelle:mine"
    pod.build(context, tag, BASE=BASE, VERSION="1.2.3", PASSERELLE_MODEL="mine")
    described = pod.run(tag, command=["model", "info", "/opt/models/default"]).stdout
    assert "CTranslate2" in described
    assert "mine" in described
