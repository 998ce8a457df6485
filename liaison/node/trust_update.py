"""The updater of the member list: The Update Framework fed from a folder, with our own database as its memory.

The recipe (trust.md), its numbers repeated in the code:
1. write the cached files into a temporary folder, build the updater on the root that was compared by voice, refresh;
2. look for a root number above the trusted one, and for versions older than the database has seen;
3. fetch the one target `members.json`, check what TUF does not, store bytes, version, dates and `fresh_until`;
5. expired, then incomplete, then refused; each leaves the list alone, and the cache is always written back;
6. staleness is computed when read.
(Step 4 concerns delegated office roles, which this 1-of-1 federation does not have.)
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from tuf.api.exceptions import DownloadError, DownloadHTTPError, ExpiredMetadataError, RepositoryError
from tuf.ngclient import FetcherInterface, Updater

from liaison.node.trust import (
    ENVIRONMENT_FIELD,
    ISSUED_AT_FIELD,
    MEMBERS,
    METADATA,
    TARGETS,
    Accepted,
    RootGap,
    TrustExpired,
    TrustIncomplete,
    TrustRefused,
    federation_id,
    is_sound_key,
)
from liaison.protocol.members import BadMemberList, MemberList, load_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuf.api.metadata import Root

    from liaison.node.trust import TrustError, TrustStore

MAX_FILE_BYTES: Final = 8 * 1024 * 1024  # above every limit of TUF, so that TUF is the one to refuse
_NOT_FOUND: Final = 404
_ROOT_FILE: Final = re.compile(r"([1-9][0-9]{0,8})\.root\.json")


def update_from_folder(folder: Path, store: TrustStore, bootstrap_root: bytes, environment: str, now: datetime) -> MemberList:
    """Judge the trust files in `folder` (`metadata/`, `targets/`) at the time `now` and accept the list they carry.

    Returns the verified list, also when it is the one the node already has. Raises TrustExpired, TrustIncomplete (RootGap)
    and TrustRefused, which leave the accepted list alone. The cache is written to `store` in every case, so a caller should
    catch the error *inside* its transaction and commit: a root once seen must not be forgotten.
    """
    federation = federation_id(bootstrap_root)
    with TemporaryDirectory(prefix="trust-") as name:
        workplace = Path(name)
        _write_cache(workplace, store.cached_files())
        try:
            return _Attempt(folder, store, now, environment).run(workplace, bootstrap_root, federation)
        except ExpiredMetadataError as error:
            raise TrustExpired(_told(TrustExpired, error)) from error
        except DownloadHTTPError as error:
            raise TrustIncomplete(f"A trust file is missing in {folder}: {error}.") from error
        except (RepositoryError, DownloadError, BadMemberList) as error:
            raise TrustRefused(_told(TrustRefused, error), reason=type(error).__name__) from error
        finally:
            store.keep_files(_read_cache(workplace))


class _FolderFetcher(FetcherInterface):
    """Serves `metadata/NAME` and `targets/NAME` from a folder; what is not there is a 404."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        place, _, name = url.partition("/")
        name = unquote(name)
        if "/" in name or name.startswith("."):
            raise DownloadError(f"{name!r} is not the name of a trust file")
        try:
            with (self._folder / place / name).open("rb") as file:
                data = file.read(MAX_FILE_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            raise DownloadHTTPError(f"{place}/{name} is not there", _NOT_FOUND) from None
        return iter((data,))  # not a generator: its exceptions would escape unwrapped


class _DatedUpdater(Updater):
    """TUF's updater judging expiry by our clock; it reads the system's clock itself when it is made.

    The first root is loaded without looking at its expiry, so setting the time before `refresh` reaches every check.
    """

    def __init__(self, workplace: Path, folder: Path, bootstrap_root: bytes, now: datetime) -> None:
        super().__init__(
            str(workplace),
            f"{METADATA}/",
            str(workplace / TARGETS),
            f"{TARGETS}/",
            _FolderFetcher(folder),
            bootstrap=bootstrap_root,
        )
        self._trusted_set.reference_time = now

    @property
    def timestamp_version(self) -> int:
        return self._trusted_set.timestamp.version

    @property
    def root(self) -> Root:
        return self._trusted_set.root

    @property
    def issued_at(self) -> datetime:
        """The signed issue date of the timestamp."""
        text = self._trusted_set.timestamp.unrecognized_fields.get(ISSUED_AT_FIELD)
        try:
            at = datetime.fromisoformat(str(text))
        except ValueError:
            raise TrustRefused(f"The timestamp carries no issue date ({ISSUED_AT_FIELD}).") from None
        if at.tzinfo is None:
            raise TrustRefused("The timestamp's issue date has no zone.")
        return at

    @property
    def fresh_until(self) -> datetime:
        trusted = self._trusted_set
        return min(part.expires for part in (trusted.root, trusted.timestamp, trusted.snapshot, trusted.targets))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One update: TUF's updater is good for one refresh only."""

    folder: Path
    store: TrustStore
    now: datetime
    environment: str

    def run(self, workplace: Path, bootstrap_root: bytes, federation: bytes) -> MemberList:
        updater = _DatedUpdater(workplace, self.folder, bootstrap_root, self.now)
        updater.refresh()  # 1
        self._check_root(updater)  # 2
        versions = self._check_versions(updater)  # 2
        data = self._fetch_members(updater, workplace)  # 3
        members = load_list(data, federation)
        self._check_members(members)
        self._accept(Accepted(members.version, data, updater.issued_at, self.now, updater.fresh_until))
        for name, version in versions.items():
            self.store.see_version(name, version)
        return members

    def _check_root(self, updater: _DatedUpdater) -> None:
        """TUF takes a missing root for "no newer root", so root 3 without root 2 would silently leave us on root 1."""
        trusted = updater.root.version
        found = (_ROOT_FILE.fullmatch(path.name) for path in (self.folder / METADATA).iterdir())
        newest = max((int(match[1]) for match in found if match), default=trusted)
        if newest > trusted:
            raise RootGap(f"Root {newest} is in {self.folder}, but root {trusted + 1} is not.", newest=newest, trusted=trusted)
        if updater.root.unrecognized_fields.get(ENVIRONMENT_FIELD) != self.environment:
            raise TrustRefused(f"Root {trusted} is not of the environment {self.environment}.")

    def _check_versions(self, updater: _DatedUpdater) -> dict[str, int]:
        """Against our own memory: TUF forgets what its cache has lost.

        A timestamp's number counts per set of keys, because a new root with new keys is how a federation recovers from
        an attacker who signed an absurdly high number.
        """
        keys = hashlib.sha256(",".join(sorted(updater.root.get_delegated_role("timestamp").keyids)).encode()).hexdigest()[:32]
        versions = {"root": updater.root.version, f"timestamp/{keys}": updater.timestamp_version}
        seen = self.store.seen_versions()
        for name, version in versions.items():
            if version < seen.get(name, 0):
                role = name.partition("/")[0]
                raise TrustRefused(f"The {role} is version {version}, but version {seen[name]} was seen before.", reason="rollback")
        return versions

    @staticmethod
    def _fetch_members(updater: _DatedUpdater, workplace: Path) -> bytes:
        target = updater.get_targetinfo(MEMBERS)
        if target is None:
            raise TrustRefused(f"The signed targets do not list {MEMBERS}.")
        place = workplace / "members"
        updater.download_target(target, str(place))
        data = place.read_bytes()
        place.unlink()
        return data

    def _check_members(self, members: MemberList) -> None:
        if members.environment != self.environment:
            raise TrustRefused(f"The member list is of the environment {members.environment}, this node of {self.environment}.")
        held = self.store.accepted()
        if held is not None and members.version < held.version:
            raise TrustRefused(f"The member list is version {members.version}, but version {held.version} was accepted before.")
        for member in members.members.values():
            for key in member.keys:
                if not is_sound_key(key.key_id, key.public):
                    raise TrustRefused(f"{member.node}: key {key.key_id} does not belong to its public bytes.")

    def _accept(self, new: Accepted) -> None:
        held = self.store.accepted()
        if held is not None and held.version == new.version and held.data != new.data:
            raise TrustRefused(f"Two different member lists are signed as version {new.version}.", reason="equivocation")
        self.store.accept(new)


def _told(kind: type[TrustError], error: Exception) -> str:
    sentence = (kind.__doc__ or "").strip().splitlines()[0].rstrip(".")
    return f"{sentence} ({error})."


def _write_cache(workplace: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = workplace / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def _read_cache(workplace: Path) -> dict[str, bytes]:
    """Every regular metadata file; `root.json` is only TUF's link to the current root."""
    paths = [*workplace.glob("*.json"), *workplace.glob("root_history/*.root.json")]
    return {str(path.relative_to(workplace)): path.read_bytes() for path in sorted(paths) if not path.is_symlink()}
