"""Long work that a page starts: it goes on between the requests, a portion at a time, and whoever started it finds it again.

A job is a generator: each step does one portion in a transaction of its own and yields how far it is. Between two steps other people's
requests are answered, so no job makes the console stand still. What a job did stays when the node stops; the job itself does not, so a job
must be work that can be begun again without harm.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime

    from liaison.access.permissions import Person
    from liaison.console.sent import Sent
    from liaison.node.ports import Clock, Log, Random

MAX_JOBS: Final = 200  # remembered; the oldest that ended goes first
MAX_RUNNING: Final = 8
MAX_EACH: Final = 2  # running, of one person
MAX_FILES: Final = 4  # kept for whoever asked for them; the oldest goes first
PAUSE_SECONDS: Final = 0.05  # that a step waits for what a thread reads
T = TypeVar("T")


class TooManyJobs(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """Other long work is still being done."""

    code = "console.too-many-jobs"
    next_step = "Wait until it has ended, or stop it."


class UnknownJob(LiaisonError):  # noqa: N818
    """This node knows no such work of yours; it forgets ended work when it stops."""

    code = "console.unknown-job"
    next_step = "Look in the list that the work was to fill: what was done stays."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far: `done` of `total` (0: not known yet), and in words what is being done."""

    done: int = 0
    total: int = 0
    saying: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """Where the result is, and in a sentence what it is. A `file` is fetched from the job's own page, as long as it is kept, by its owner
    and by who may still do `action`, which is written down with `subject` each time.
    """

    to: str
    note: str = ""
    file: Sent | None = None
    action: str = ""  # of the permission table; without one nobody fetches the file
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work. `state`: running, done, failed or stopped."""

    job_id: str
    owner: str
    title: str
    back: str  # the page it was started from
    started_at: datetime
    state: str = "running"
    progress: Progress = Progress()
    ended: Ended | None = None
    error: LiaisonError | None = None
    trusted: Person | None = None  # the owner with roles and place of work as they were when it began


class Jobs:
    """The jobs of one console. Only the console's own thread calls it."""

    def __init__(self, clock: Clock, random: Random, log: Log, trust: Callable[[str], Person | None]) -> None:
        """Nothing runs yet. `trust`: an owner as of now, by user id, None: who is shut out. Work ends when that is less than before."""
        self._clock = clock
        self._trust = trust
        self._random = random
        self._log = log
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._steps: OrderedDict[str, Generator[Progress, None, Ended]] = OrderedDict()

    def start(self, owner: str, title: str, back: str, steps: Generator[Progress, None, Ended]) -> Job:
        """Begin; the first portion is done when the console has time. Raises TooManyJobs."""
        running = [job for job in self._jobs.values() if job.state == "running"]
        if len(running) >= MAX_RUNNING or sum(job.owner == owner for job in running) >= MAX_EACH:
            raise TooManyJobs
        job = Job(f"w-{self._random.bytes(8).hex()}", owner, title, back, self._clock.now(), trusted=self._trust(owner))
        self._jobs[job.job_id] = job
        self._steps[job.job_id] = steps
        self._forget()
        return job

    def of(self, owner: str) -> list[Job]:
        """A person's jobs, the latest first."""
        return [job for job in reversed(self._jobs.values()) if job.owner == owner]

    def get(self, owner: str, job_id: str) -> Job:
        """One job of this person. Raises UnknownJob."""
        job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise UnknownJob
        return job

    def fetched(self, owner: str, job_id: str) -> Ended:
        """How a job of this person ended that made a file; what was gathered at another place of work is not given. Raises UnknownJob."""
        job, now = self.get(owner, job_id), self._trust(owner)
        if job.ended is None or job.ended.file is None or job.trusted is None or now is None or now.port != job.trusted.port:
            raise UnknownJob
        return job.ended

    def stop(self, owner: str, job_id: str) -> Job:
        """End a job after the portion in hand; what was done stays. Raises UnknownJob."""
        job = self.get(owner, job_id)
        steps = self._steps.pop(job_id, None)
        if steps is not None:
            steps.close()
            self._jobs[job_id] = replace(job, state="stopped")
        return self._jobs[job_id]

    def step(self) -> bool:
        """One portion of the job that has waited longest; whether more is to be done. Never raises."""
        if not self._steps:
            return False
        job_id, steps = self._steps.popitem(last=False)
        job = self._jobs[job_id]
        try:
            if self._narrowed(job):
                steps.close()
                raise TrustChanged  # noqa: TRY301 - told as every other refusal
            self._jobs[job_id] = replace(job, progress=next(steps))
            self._steps[job_id] = steps
        except StopIteration as end:
            self._jobs[job_id] = replace(job, state="done", ended=end.value)
            self._drop_files()
        except LiaisonError as error:
            self._jobs[job_id] = replace(job, state="failed", error=error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job is over and the console goes on
            self._log.error("console.job-defect", error=type(error).__name__, job=job_id)
            self._jobs[job_id] = replace(job, state="failed", error=JobDefect())
        return bool(self._steps)

    def _narrowed(self, job: Job) -> bool:
        """Whether its owner is trusted with less than when it began: the steps act with what the owner had then."""
        before, now = job.trusted, self._trust(job.owner)
        return before is None or now is None or before.port != now.port or not before.roles <= now.roles

    def close(self) -> None:
        """Leave what is unfinished; each portion that was done is whole."""
        for steps in self._steps.values():
            steps.close()
        self._steps.clear()

    def _drop_files(self) -> None:
        held = [job for job in self._jobs.values() if job.ended is not None and job.ended.file is not None]
        for job in held[:-MAX_FILES]:
            self._jobs[job.job_id] = replace(job, ended=Ended(job.back))

    def _forget(self) -> None:
        for job_id in [name for name, job in self._jobs.items() if job.state != "running"][: max(0, len(self._jobs) - MAX_JOBS)]:
            del self._jobs[job_id]


class TrustChanged(LiaisonError):  # noqa: N818
    """Your roles or your place of work changed while this was done, so it ended; what was done before stays."""

    code = "console.trust-changed"
    next_step = "Begin it again, where your roles still allow it."


class JobDefect(LiaisonError):  # noqa: N818
    """A defect of this program ended the work; what was done before stays."""

    code = "console.defect"
    next_step = "Report it with the line in the node's log."


def beside(work: Callable[[], T], saying: str) -> Generator[Progress, None, T]:
    """Do work that reads only a file in a thread of its own, so that others are answered meanwhile."""
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - told where it is waited for
            failed.append(error)

    thread = threading.Thread(target=run, name="file", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(PAUSE_SECONDS)
        yield Progress(0, 0, saying)
    if failed:
        raise failed[0]
    return found[0]
