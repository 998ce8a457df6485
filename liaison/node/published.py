"""What a folder of trust files publishes, verified against its own first root: for the keeper of the list, who has no node.

Dates are judged at the moment the folder was last signed, so that a list that has run out can be renewed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from liaison.node.ceremony import FIRST_ROOT, NoFederation
from liaison.node.trust import ENVIRONMENT_FIELD, ISSUED_AT_FIELD, METADATA, federation_id
from liaison.node.trust_update import update_from_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from liaison.node.trust import Accepted
    from liaison.protocol.members import MemberList


@dataclass(frozen=True, slots=True)
class Published:
    """A federation's public side: its id (32 bytes), environment, key id by role, and the signed list, None before the first."""

    federation: bytes
    environment: str
    role_keys: Mapping[str, str]
    members: MemberList | None
    accepted: Accepted | None


@dataclass(slots=True)
class _Memory:
    """A TrustStore that remembers nothing beyond one look."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    held: Accepted | None = None

    def cached_files(self) -> Mapping[str, bytes]:
        return self.files

    def keep_files(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def seen_versions(self) -> Mapping[str, int]:
        return self.versions

    def see_version(self, name: str, version: int) -> None:
        self.versions[name] = version

    def accepted(self) -> Accepted | None:
        return self.held

    def accept(self, accepted: Accepted) -> None:
        self.held = accepted


def read_published(folder: Path, now: datetime) -> Published:
    """What `folder` (`metadata/`, `targets/`) publishes. Raises NoFederation, TrustError."""
    try:
        root = (folder / METADATA / FIRST_ROOT).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NoFederation(f"{folder} holds no trust root.") from None
    federation = federation_id(root)
    signed = json.loads(root)["signed"]
    environment = str(signed.get(ENVIRONMENT_FIELD, ""))
    role_keys = {role: str(entry["keyids"][0]) for role, entry in signed["roles"].items()}
    timestamp = folder / METADATA / "timestamp.json"
    if not timestamp.exists():
        return Published(federation, environment, role_keys, None, None)
    memory = _Memory()
    members = update_from_folder(folder, memory, root, environment, min(now, _signed_at(timestamp, now)))
    return Published(federation, environment, role_keys, members, memory.held)


def _signed_at(timestamp: Path, now: datetime) -> datetime:
    """The date the file claims; the updater checks who signed it, and refuses it when it claims to be later than its expiry."""
    try:
        at = datetime.fromisoformat(str(json.loads(timestamp.read_bytes())["signed"][ISSUED_AT_FIELD]))
    except (KeyError, TypeError, ValueError):
        return now
    return at if at.tzinfo is not None else now
