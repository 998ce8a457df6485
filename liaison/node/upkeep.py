"""What an administrator meets in the upkeep of a node: its sealing keys as they are shown, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from liaison.node.trust_store import NoMemberList
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from datetime import datetime


class NoFolder(LiaisonError):  # noqa: N818 - named for what is missing
    """No folder with trust files is known."""

    code = "trust.no-folder"
    next_step = "Name it: `liaison trust update --from FOLDER`."


class NoBackupFolder(LiaisonError):  # noqa: N818 - the same
    """It is not said where backups of this node are written."""

    code = "backup.no-folder"
    next_step = "Name a file: `liaison backup FILE`; or a folder for all of them: LIAISON_BACKUP_FOLDER in node.env."


class FolderUnusable(LiaisonError):  # noqa: N818 - named for what it is
    """A folder of this machine that is needed for it cannot be used."""

    code = "upkeep.folder-unusable"
    next_step = "Whoever runs the machine makes the folder there, for the node's own user, with room on its disk."


class NotListed(NoMemberList):
    """This node is not in its member list yet; its first card has its first keys."""


def not_listed(node: str) -> NotListed:
    """The refusal for a node that its list does not have."""
    return NotListed(phrase("{node} is not in its member list yet; its first card has its first keys.", node=node))


def folder_unusable(fault: OSError) -> FolderUnusable:
    """The refusal for what the machine said of a file or folder."""
    return FolderUnusable(phrase("{place}: {reason}.", place=fault.filename or "?", reason=fault.strerror or type(fault).__name__))


@dataclass(frozen=True, slots=True)
class SealingRow:
    """A sealing key of this node. `listed`: the member list has it, from and to when; `made_at`: when its file was, None: none is here."""

    key_id: str
    listed: bool
    made_at: datetime | None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    on_card: bool = False  # the card in the node's folder asks for its listing

    @property
    def here(self) -> bool:
        """Whether what is sealed for it opens here."""
        return self.made_at is not None
