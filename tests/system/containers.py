"""Podman without an engine: builds in a chroot, runs in mount and network namespaces of its own, keeps all in `.oci/`.

A container sees a loopback and nothing else, so no port clashes and nothing gets out.
"""

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BASE = "localhost/passerelle-base:trixie"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
BUILD_TIMEOUT_S = 900
PATIENCE_S = 60
UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "var/lib/apt/lists")
"""What Debian's own slim images leave out too."""
CONFINED = (
    *("--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp:rw,noexec,nosuid,nodev,size=64m,mode=1777"),
    *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
)
UNMANAGED = (
    *("--pull=never", "--network", "host", "--cgroups=disabled"),
    *("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"),
)
"""What a machine without cgroups asks for; `--network host` is the namespace's loopback."""


class Podman:
    """Podman with its store in one folder, inside namespaces that last as long as `holder`."""

    def __init__(self, folder: Path, holder: int) -> None:
        self._folder = folder
        self._holder = holder
        self._flags = [
            "--root",
            str(folder / "store"),
            "--runroot",
            str(folder / "run"),
            "--tmpdir",
            str(folder / "tmp"),
        ]
        self._flags += ["--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--events-backend", "file"]

    def __call__(
        self, *arguments: str, check: bool = True, timeout_s: float = PATIENCE_S
    ) -> subprocess.CompletedProcess[str]:
        """One podman command; its output, and where it fails what it said."""
        return self.inside(["podman", *self._flags, "--runtime", "crun", *arguments], check=check, timeout_s=timeout_s)

    def inside(
        self, command: Sequence[str], *, check: bool = True, timeout_s: float = PATIENCE_S
    ) -> subprocess.CompletedProcess[str]:
        """A command of this machine on the containers' loopback."""
        entered = ["nsenter", "--target", str(self._holder), "--mount", "--net", "--", *command]
        done = subprocess.run(entered, capture_output=True, text=True, timeout=timeout_s, check=False)
        assert done.returncode == 0 or not check, f"{' '.join(command[-4:])}: {done.stdout}{done.stderr}"
        return done

    def build(self, context: Path, tag: str, **arguments: str) -> str:
        """Build a Dockerfile as everyone does, the network reached by this machine's certificates."""
        flags = [flag for name, value in arguments.items() for flag in ("--build-arg", f"{name}={value}")]
        command = [*self._builder(), "--tag", tag, *flags, str(context)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def _builder(self) -> list[str]:
        command = ["podman", *self._flags, "build", "--isolation", "chroot", "--layers", "--format", "docker"]
        secret = ["--secret", f"id=ca,src={CERTIFICATES}"] if CERTIFICATES.exists() else []
        return [*command, "--pull=never", *secret]

    def as_docker(self, path: Path) -> None:
        """Make a command of the name `docker`: its words, and what this machine asks for beside them."""
        entered = ["nsenter", "--target", str(self._holder), "--mount", "--net", "--"]
        podman = [*entered, "podman", *self._flags, "--runtime", "crun"]
        path.write_text(
            f"""#!/bin/sh
case $1 in
  build) shift; exec {shlex.join(self._builder())} --build-arg BASE={BASE} "$@" ;;
  run) shift; exec {shlex.join([*podman, "run", *UNMANAGED])} "$@" ;;
  *) exec {shlex.join(podman)} "$@" ;;
esac
"""
        )
        path.chmod(0o755)

    def make_base(self) -> None:
        """A small Debian with Python, once a machine: no registry of images is needed."""
        if self("image", "exists", BASE, check=False).returncode == 0:
            return
        archive = base_archive(self._folder)
        path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        (archive.parent / "Dockerfile").write_text(f"FROM scratch\nADD {archive.name} /\n{path}\n")
        self.build(archive.parent, BASE)

    def inspect(self, kind: str, name: str) -> dict[str, Any]:
        """What podman knows of an image or a container."""
        found: dict[str, Any] = json.loads(self(kind, "inspect", name).stdout)[0]
        return found

    @contextmanager
    def running(self, image: str, *flags: str, command: Sequence[str] = ()) -> Iterator[str]:
        """A container in the background; removed at the end."""
        name = f"passerelle-{os.getpid()}-{time.monotonic_ns()}"
        self("run", "--detach", "--name", name, *UNMANAGED, *CONFINED, *flags, image, *command)
        try:
            yield name
        finally:
            self("rm", "--force", "--time", "0", name, check=False)

    def run(
        self, image: str, *flags: str, command: Sequence[str], check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """A container to its end."""
        return self("run", "--rm", "--no-healthcheck", *UNMANAGED, *CONFINED, *flags, image, *command, check=check)

    def curl(self, path: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A request to the service on its usual port."""
        return self.inside(["curl", "-fsS", "-m", "30", *options, f"http://127.0.0.1:5000{path}"], check=check)

    def wait_ready(self, name: str) -> None:
        """Return once the service answers that it is ready."""
        began = time.monotonic()
        while self.curl("/health/ready", check=False).returncode != 0:
            assert self.inspect("container", name)["State"]["Running"], self("logs", name).stderr
            assert time.monotonic() - began < PATIENCE_S
            time.sleep(0.05)


def base_archive(folder: Path) -> Path:
    """The root of a small Debian with Python, as an archive in a folder of its own below `folder`; made once."""
    archive = folder / "base" / "base.tar"
    if archive.exists():
        return archive
    root = folder / "debootstrap"
    shutil.rmtree(root, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates", "trixie"]
    subprocess.run([*command, str(root), _mirror()], check=True, capture_output=True, timeout=BUILD_TIMEOUT_S)
    subprocess.run(["chroot", str(root), "apt-get", "clean"], check=True)
    for name in UNUSED:
        shutil.rmtree(root / name, ignore_errors=True)
    for name in ("etc/resolv.conf", "etc/hostname"):
        (root / name).unlink(missing_ok=True)
    excluded = [f"--exclude=./{name}/*" for name in ("dev", "proc", "sys")]
    part = folder / "base" / "base.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-C", str(root), "--numeric-owner", *excluded, "-cf", str(part), "."], check=True)
    shutil.rmtree(root)
    return part.rename(archive)


def why_impossible() -> str | None:
    """What podman lacks on this machine."""
    if os.geteuid() != 0:
        return "podman is run by root here"
    for command in ("podman", "crun", "nsenter", "debootstrap"):
        if shutil.which(command) is None:
            return f"{command} is not installed"
    tried = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip() or None


@contextmanager
def podman(folder: Path) -> Iterator[Podman]:
    """Podman and its namespaces, for the time of the block."""
    folder.mkdir(exist_ok=True)
    # crun refuses a mixed tree of cgroups; unmounting it is seen in this namespace only.
    script = "umount /sys/fs/cgroup/unified 2>/dev/null; ip link set lo up && echo ready && exec sleep infinity"
    command = ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "ready\n"
            yield Podman(folder.resolve(), holder.pid)
        finally:
            holder.kill()


def _mirror() -> str:
    """Where this machine has its own Debian packages from."""
    folder = Path("/etc/apt")
    for path in (
        *folder.glob("sources.list.d/*.sources"),
        folder / "sources.list",
        *folder.glob("sources.list.d/*.list"),
    ):
        for line in path.read_text().splitlines() if path.exists() else ():
            words = line.split()
            if words and words[0] in ("URIs:", "deb"):
                return next(word for word in words if "://" in word)
    raise AssertionError("no Debian mirror in /etc/apt")
