"""The broker's jars: which (a list locked by SHA-256), where in the cache, and how they get there.

jgo's resolver walks the POMs once, when a developer renews the list (`write_lock`); an installation downloads exactly
the listed files and checks each against its hash, so a second run needs no network and a changed jar never runs.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from liaison.adapters.embedded_kafka.errors import JarsUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jgo.maven import MavenContext

    Progress = Callable[[str, int, int], None]  # file name, how many are done, of how many

# The "!" keeps a root's own dependency management out of the other's: log4j's would set Kafka's client jar to 3.9.
ROOTS = ("org.apache.kafka:kafka_2.13:4.3.1!", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3!")
LOCK_NAME = "jars.json"
DOWNLOAD_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path_in(self, cache: Path) -> Path:
        """Where this jar lies under `cache` (the layout of a Maven repository)."""
        folder = cache.joinpath("maven", *self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"


@dataclass(frozen=True, slots=True)
class Classpath:
    """The jars of one broker, all present and of the locked content."""

    jars: tuple[Path, ...]

    def __str__(self) -> str:
        """As Java's -cp wants it."""
        return ":".join(str(jar) for jar in self.jars)


def resolve_jars(cache: Path, *, progress: Progress | None = None) -> Classpath:
    """The jars in `cache`, downloading what is missing or damaged; no network when all are there. Raises JarsUnavailable."""
    cache.mkdir(parents=True, exist_ok=True)
    wanted = locked_jars()
    with (cache / "jars.lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)  # two first runs at once must not write the same file
        missing = [jar for jar in wanted if not _is_intact(jar, cache)]
        _download(missing, cache, progress)
    return Classpath(tuple(jar.path_in(cache).resolve() for jar in wanted))


def locked_jars() -> tuple[Jar, ...]:
    """The locked list, as shipped in this package."""
    text = resources.files(__package__).joinpath(LOCK_NAME).read_text(encoding="utf-8")
    return tuple(Jar(**row) for row in json.loads(text)["jars"])


def write_lock(cache: Path, target: Path) -> int:
    """Resolve `ROOTS` over the network and write the list to `target`; how many jars. For `make lock` only."""
    from jgo.maven import PythonResolver  # noqa: PLC0415 - only a developer's lock and a first download need jgo

    context = _context(cache)
    roots = [context.create_dependency(root) for root in ROOTS]
    inputs, transitive = PythonResolver().resolve(roots)
    rows = [
        {
            "group": found.groupId,
            "artifact": found.artifactId,
            "version": found.version,
            "sha256": _sha256(found.artifact.resolve()),
        }
        for found in [*inputs, *transitive]
    ]
    rows.sort(key=lambda row: (row["group"], row["artifact"]))
    target.write_text(json.dumps({"roots": [root.rstrip("!") for root in ROOTS], "jars": rows}, indent=1) + "\n", encoding="utf-8")
    return len(rows)


def _download(missing: list[Jar], cache: Path, progress: Progress | None) -> None:
    if not missing:
        return
    context = _context(cache)
    for done, jar in enumerate(missing):
        if progress is not None:
            progress(jar.path_in(cache).name, done, len(missing))
        _download_one(jar, cache, context)
    if progress is not None:
        progress("", len(missing), len(missing))


def _download_one(jar: Jar, cache: Path, context: MavenContext) -> None:
    path = jar.path_in(cache)
    path.unlink(missing_ok=True)  # an interrupted download leaves half a file, which jgo would take for whole
    try:
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError) as fault:  # requests' errors are OSErrors; jgo's own "not found" is a RuntimeError
        message = f"{path.name} is not in {cache} and could not be downloaded ({type(fault).__name__})."
        raise JarsUnavailable(message) from fault
    if not _is_intact(jar, cache):
        path.unlink(missing_ok=True)
        message = f"{path.name} was downloaded, but is not the file that was locked; it was removed."
        raise JarsUnavailable(message)


def _context(cache: Path) -> MavenContext:
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - see write_lock

    return MavenContext(resolver=PythonResolver(), repo_cache=cache / "maven", timeout=DOWNLOAD_TIMEOUT_SECONDS)


def _is_intact(jar: Jar, cache: Path) -> bool:
    path = jar.path_in(cache)
    return path.is_file() and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
