"""What is in `deploy/`, each checked by its own tool, and against the service that it is about."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.runtime import Runtime
from service.settings import PREFIX, Settings
from translator import Translator

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
UNIT = DEPLOY / "passerelle.service"
MAX_EXPOSURE = 30
"""Of systemd's 0 to 100 scale; below 50 is what it calls OK."""
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",)}

pytestmark = pytest.mark.system


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def documents() -> list[dict[str, Any]]:
    return [one for path in DEPLOY.glob("kubernetes/*.yaml") for one in yaml.safe_load_all(path.read_text())]


def test_compose_accepts_its_file_and_refuses_a_misspelt_one(tmp_path: Path) -> None:
    done = run("docker-compose", "--file", COMPOSE, "config", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    broken = tmp_path / "compose.yaml"
    broken.write_text(COMPOSE.read_text().replace("read_only:", "readonly:"))
    assert run("docker-compose", "--file", broken, "config", "--quiet").returncode != 0


def test_compose_mounts_what_is_there() -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    mounted = [volume.split(":")[0] for one in services.values() for volume in one["volumes"] if volume.startswith(".")]
    assert len(mounted) == 4
    assert all((COMPOSE.parent / name).is_file() for name in mounted)


def test_kubernetes_accepts_the_manifests_and_refuses_a_misspelt_one(tmp_path: Path) -> None:
    for path in DEPLOY.glob("kubernetes/*.yaml"):
        done = run(tool("kubernetes-validate"), "--strict", path)
        assert done.returncode == 0, done.stdout + done.stderr
        broken = tmp_path / path.name
        broken.write_text(path.read_text().replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"))
        assert run(tool("kubernetes-validate"), "--strict", broken).returncode != 0


def test_kubernetes_manifests_hold_together(metric_names: set[str]) -> None:
    by_kind = {one["kind"]: one for one in documents()}
    assert set(by_kind) == {
        "Deployment",
        "Service",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "NetworkPolicy",
    }
    template = by_kind["Deployment"]["spec"]["template"]
    labels = template["metadata"]["labels"]
    assert by_kind["Service"]["spec"]["selector"] == labels
    assert by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    policy = by_kind["NetworkPolicy"]["spec"]
    assert policy["podSelector"]["matchLabels"] == labels
    assert policy["egress"] == []
    assert "Egress" in policy["policyTypes"]
    container = template["spec"]["containers"][0]
    settings = [one["name"].removeprefix(PREFIX).lower() for one in container["env"]]
    assert set(settings) <= set(Settings.model_fields)
    grace_s = template["spec"]["terminationGracePeriodSeconds"]
    assert grace_s > Settings.model_fields["shutdown_timeout_s"].default
    metric = by_kind["HorizontalPodAutoscaler"]["spec"]["metrics"][0]["pods"]["metric"]["name"]
    assert metric in metric_names


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text()
    # Verified with a command that is there: the unit names the place where an operator installs.
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("/opt/passerelle/bin/passerelle", str(tool("passerelle"))))
    done = run("systemd-analyze", "verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=very"))
    assert "protect system" in run("systemd-analyze", "verify", "--man=no", unit).stderr


def test_systemd_rates_the_unit_as_confined() -> None:
    done = run("systemd-analyze", "security", "--offline=true", f"--threshold={MAX_EXPOSURE}", "--no-pager", UNIT)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_dashboard_shows_metrics_that_exist(metric_names: set[str]) -> None:
    dashboard = json.loads((COMPOSE.parent / "grafana" / "passerelle.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    used = {name for expression in expressions for name in re.findall(r"\b(?:passerelle|process)_\w+", expression)}
    assert len(used) > 15
    assert used <= metric_names
    labels = {name for expression in expressions for name in re.findall(r"by \(([\w, ]+)\)", expression)}
    assert set(", ".join(labels).split(", ")) <= {"status", "cause", "stage", "state", "le", "instance"}


@pytest.fixture
def metric_names(tmp_path: Path) -> set[str]:
    """Every name that a service of this version can show."""
    metrics = Runtime(Settings(state_dir=tmp_path), Translator.load).metrics.registry.collect()
    return {metric.name + suffix for metric in metrics for suffix in SUFFIXES[metric.type]}
