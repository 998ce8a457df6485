"""What a node knows of the member list it accepted, how that can fail, and the federation that follows from the first root.

How a newer list is judged: `liaison.node.trust_update`, apart because a node that starts has no use for TUF's client.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from liaison.protocol.errors import LiaisonError
from liaison.protocol.members import load_list
from liaison.protocol.signatures import is_weak_key, key_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from liaison.protocol.members import MemberList

METADATA: Final = "metadata"
TARGETS: Final = "targets"
MEMBERS: Final = "members.json"
ENVIRONMENT_FIELD: Final = "liaison_environment"  # signed extra field of every root
ISSUED_AT_FIELD: Final = "liaison_issued_at"  # signed extra field of every timestamp


class TrustError(LiaisonError):
    """A new member list was not accepted; the node goes on with the one it has."""

    code = "trust.error"


class TrustExpired(TrustError):  # noqa: N818 - errors of this project are named for what happened
    """The trust files are past their date: the operator of the root has not renewed them, or somebody holds newer ones back."""

    code = "trust.expired"
    next_step = "Fetch the current trust files and run `liaison trust update`; if there are none, call the Secretariat."


class TrustIncomplete(TrustError):  # noqa: N818
    """The folder does not hold every trust file that is needed."""

    code = "trust.incomplete"
    next_step = "Copy the whole folder again and run `liaison trust update`."


class RootGap(TrustIncomplete):
    """A root is missing between the trusted one and a newer one."""

    code = "trust.root-gap"
    next_step = "Fetch the missing root file and run `liaison trust update`; until then newer lists cannot be judged."


class TrustRefused(TrustError):  # noqa: N818
    """The trust files are not what the root of this federation allows."""

    code = "trust.refused"
    next_step = "Do not use this folder. Keep it as evidence and call the Secretariat."


@dataclass(frozen=True, slots=True)
class Accepted:
    """The list a node works with: version, exact bytes of the target, and its dates (aware UTC)."""

    version: int
    data: bytes
    issued_at: datetime  # signed: when the root's operator last said "this is current"
    verified_at: datetime  # our clock
    fresh_until: datetime  # earliest expiry of root, timestamp, snapshot, targets

    def stale(self, now: datetime) -> bool:
        """Whether what was said is past its date (step 6); the node then says so, and goes on."""
        return now >= self.fresh_until


class TrustStore(Protocol):
    """What the updater must remember; rows of the node's database, written in the caller's transaction."""

    def cached_files(self) -> Mapping[str, bytes]:
        """The files of the last `keep_files`, by relative path such as `root_history/1.root.json`; empty at first."""

    def keep_files(self, files: Mapping[str, bytes]) -> None:
        """Replace all cached files by these."""

    def seen_versions(self) -> Mapping[str, int]:
        """The highest version ever seen, by opaque name (up to 50 characters); never forgotten."""

    def see_version(self, name: str, version: int) -> None:
        """Remember a version; the caller has checked that it does not go back."""

    def accepted(self) -> Accepted | None:
        """The accepted list, or None before the first."""

    def accept(self, accepted: Accepted) -> None:
        """Replace the accepted list."""


def federation_id(bootstrap_root: bytes) -> bytes:
    """SHA-256 (32 bytes) of the canonical signed part of the first root. Raises TrustRefused if it is not a first root."""
    root = _first_root(bootstrap_root)
    return hashlib.sha256(root.signed_bytes).digest()


def load_accepted(store: TrustStore, bootstrap_root: bytes) -> MemberList | None:
    """The accepted list as it lies in the database, fresh or stale; None before the first update."""
    accepted = store.accepted()
    return None if accepted is None else load_list(accepted.data, federation_id(bootstrap_root))


def is_sound_key(key_id: str, public: bytes) -> bool:
    """Whether the id follows from 32 public bytes that can prove a signature."""
    try:
        return key_id_of(public) == key_id and not is_weak_key(public)
    except ValueError:
        return False


def _first_root(data: bytes) -> Metadata[Root]:
    try:
        root: Metadata[Root] = Metadata.from_bytes(data)
        if not isinstance(root.signed, Root) or root.signed.version != 1:
            raise TrustRefused("The root this node was given is not the first root of a federation.")
        root.verify_delegate(Root.type, root)
    except RepositoryError as error:
        raise TrustRefused(f"The root this node was given cannot be used: {error}.") from error
    return root
