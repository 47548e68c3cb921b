"""The Dockerfile's steps by chroot alone, where no builder of images runs; what our Dockerfile lacks is refused."""

import json
import re
import shlex
import shutil
import string
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from system.containers import BUILD_TIMEOUT_S, CERTIFICATES

CONTINUATION = re.compile(r"\\\n(?:\s*#[^\n]*\n)*")
MOUNT = re.compile(r"--mount=(\S+)\s+")
IGNORED = shutil.ignore_patterns("__pycache__", ".*")
# These change no file and only say how to run the image.
TOLD = ("USER", "ENTRYPOINT", "CMD", "HEALTHCHECK", "STOPSIGNAL", "EXPOSE", "VOLUME", "LABEL")


@dataclass(frozen=True)
class Stage:
    """A root folder, and what an image would say of it."""

    root: Path
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin"})
    arguments: Mapping[str, str] = field(default_factory=dict)
    shell: Sequence[str] = ("/bin/sh", "-c")
    folder: str = "/"
    told: Mapping[str, str] = field(default_factory=dict)

    def at(self, path: str) -> Path:
        """Where a path of the stage is on this machine."""
        return self.root / (Path(self.folder) / path).as_posix().lstrip("/")

    def command(self, words: Sequence[str], more: Mapping[str, str], user: str = "0:0") -> list[str]:
        """`words` in this root."""
        variables = [f"{name}={value}" for name, value in {**self.environment, **more}.items()]
        inner = ["/usr/bin/env", "-i", f"--chdir={self.folder}", *variables, *words]
        return ["chroot", f"--userspec={user}", str(self.root), *inner]

    def words(self, instruction: str) -> list[str]:
        """The exec form of an instruction."""
        words: list[str] = json.loads(self.told[instruction][self.told[instruction].index("[") :])
        return words


def build(folder: Path, base: Path, context: Path, arguments: Mapping[str, str]) -> Stage:
    """The last stage of the Dockerfile in `context`, its roots in `folder`; `base` is the archive of a root."""
    (folder / "cache").mkdir(parents=True)
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for line in CONTINUATION.sub("", (context / "Dockerfile").read_text(encoding="utf-8")).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            parent, _, name = rest.partition(" AS ")
            stage = replace(stages.get(parent, Stage(folder)), root=folder / name, arguments={})
            if parent in stages:
                subprocess.run(["cp", "-a", stages[parent].root, stage.root], check=True)
            else:
                stage.root.mkdir(parents=True)
                subprocess.run(["tar", "-C", stage.root, "--numeric-owner", "-xf", base], check=True)
                shutil.copy("/etc/resolv.conf", stage.root / "etc" / "resolv.conf")
        elif stage is not None and word and not word.startswith("#"):
            stage = _step(stage, word, rest.strip(), stages, context, arguments)
        if stage is not None:
            stages[stage.root.name] = stage
    assert stage is not None
    return stage


def _step(
    stage: Stage, word: str, rest: str, stages: Mapping[str, Stage], context: Path, arguments: Mapping[str, str]
) -> Stage:
    known = {**stage.arguments, **stage.environment}
    match word:
        case "ARG":
            name, _, default = rest.partition("=")
            return replace(stage, arguments={**stage.arguments, name: arguments.get(name, default)})
        case "ENV":
            pairs = (string.Template(pair).safe_substitute(known).split("=", 1) for pair in shlex.split(rest))
            return replace(stage, environment={**stage.environment, **dict(pairs)})
        case "SHELL":
            return replace(stage, shell=json.loads(rest))
        case "WORKDIR":
            stage.at(rest).mkdir(parents=True, exist_ok=True)
            return replace(stage, folder=rest)
        case "COPY":
            _copy(stage, rest.split(), stages, context)
        case "RUN":
            _run(stage, rest, context)
        case _:
            assert word in TOLD, f"no step is known for the instruction {word}"
            return replace(stage, told={**stage.told, word: rest})
    return stage


def _copy(stage: Stage, words: Sequence[str], stages: Mapping[str, Stage], context: Path) -> None:
    flags = dict(word.removeprefix("--").split("=") for word in words if word.startswith("--"))
    *sources, target = (word for word in words if not word.startswith("--"))
    origin, ignored = (stages[flags["from"]].root, None) if "from" in flags else (context, IGNORED)
    for path in (origin / source.lstrip("/") for source in sources):
        if path.is_dir():
            shutil.copytree(path, stage.at(target), symlinks=True, ignore=ignored, dirs_exist_ok=True)
        else:
            Path(shutil.copy(path, stage.at(target))).chmod(int(flags.get("chmod", "644"), 8))


def _run(stage: Stage, command: str, context: Path) -> None:
    """One RUN; its mounts end with it."""
    cache, secret = stage.root.parent / "cache", stage.at("/run/secrets/ca")
    mounts = [f"mount --rbind /{name} {stage.root}/{name}" for name in ("dev", "proc")]
    for given in MOUNT.findall(command):
        wanted = dict(pair.partition("=")[::2] for pair in given.split(","))
        source, target = {"bind": context, "cache": cache, "secret": CERTIFICATES}[wanted["type"]], secret
        if wanted["type"] != "secret":
            target = stage.at(wanted["target"])
            target.mkdir(parents=True, exist_ok=True)
        elif source.exists():
            secret.parent.mkdir(parents=True, exist_ok=True)
            secret.touch()
        if source.exists():
            mounts.append(f"mount --bind {source} {target}")
    entered = mounted(mounts, stage.command([*stage.shell, MOUNT.sub("", command)], stage.arguments))
    done = subprocess.run(entered, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False)
    assert done.returncode == 0, f"{command[:300]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    secret.unlink(missing_ok=True)


def mounted(mounts: Sequence[str], command: Sequence[str], *flags: str) -> list[str]:
    """`command` after `mounts`, in namespaces that end with it."""
    script = " && ".join([*mounts, f"exec {shlex.join(command)}"])
    return ["unshare", "--mount", *flags, "--propagation", "private", "sh", "-c", script]


@contextmanager
def serving(stage: Stage) -> Iterator[subprocess.Popen[str]]:
    """The image's command as its user on a read-only root, with a loopback and no network."""
    mounts = ["ip link set lo up", f"mount --rbind {stage.root} {stage.root}", f"mount -o remount,bind,ro {stage.root}"]
    mounts += [f"mount -t tmpfs -o mode=1777 tmpfs {stage.at(path)}" for path in ("/tmp", stage.told["VOLUME"])]
    words = [*stage.words("ENTRYPOINT"), *stage.words("CMD")]
    command = stage.command(words, {"PASSERELLE_OPEN": "true"}, stage.told["USER"])
    with subprocess.Popen(mounted(mounts, command, "--net"), stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
