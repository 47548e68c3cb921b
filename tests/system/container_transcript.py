"""Build, run, translate, stop: what an operator sees, and the image by layers, printed as it happened.

    PYTHONPATH=.:tests .venv/bin/python tests/system/container_transcript.py

The commands are docker's; podman carries them out, with what a machine without cgroups asks for beside them.
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path

from system.containers import podman

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "passerelle"
TEXT = json.dumps({"text": "Le maire a inauguré la gare de Tourcoing, qui a coûté 3,5 millions."}, ensure_ascii=False)
RUN = f"docker run -d --name passerelle --read-only --tmpfs /tmp --cap-drop all -e PASSERELLE_OPEN=true {IMAGE}"
TRANSLATE = f"curl -s http://127.0.0.1:5000/v1/translate --json '{TEXT}'"


def main() -> None:
    """Print the transcript; the container is removed at the end."""
    with podman(ROOT / ".oci") as pod, tempfile.TemporaryDirectory() as folder:
        pod.make_base()
        docker = Path(folder) / "docker"
        pod.as_docker(docker)

        def show(command: str, *, last: int | None = None) -> None:
            print(f"$ {command}", flush=True)
            began = time.monotonic()
            if command.startswith("docker "):
                ours = f"{docker} {command.removeprefix('docker ')}"
                done = subprocess.run(ours, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
            else:
                done = pod.inside(["sh", "-c", command], check=False)
            lines = (done.stdout + (done.stderr if done.returncode else "")).strip().splitlines()
            print("\n".join(lines[-last:] if last else lines))
            print(f"# {time.monotonic() - began:.1f} s, status {done.returncode}\n", flush=True)

        pod("rm", "--force", "passerelle", check=False)
        try:
            show(f"docker build -t {IMAGE} .", last=3)
            show(f"docker history --format '{{{{.Size}}}}  {{{{.CreatedBy}}}}' {IMAGE} | cut -c1-110")
            show(RUN)
            pod.wait_ready("passerelle")
            show(TRANSLATE)
            show("docker exec passerelle id")
            show("docker exec passerelle touch /file")
            show("docker stop -t 30 passerelle")
            show("docker inspect --format '{{.State.ExitCode}}' passerelle")
        finally:
            pod("rm", "--force", "--time", "0", "passerelle", check=False)


if __name__ == "__main__":
    main()
