"""The profiles that ship with the package, and those an officer names by path."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from enforcement.intake.errors import ProfileUnknownError
from enforcement.intake.profile import parse_profile
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists
    from enforcement.intake.profile import Profile

_SUFFIX = ".yaml"


def shipped_profiles() -> tuple[str, ...]:
    """The names of the shipped profiles."""
    folder = resources.files("enforcement.intake.profiles")
    return tuple(sorted(entry.name.removesuffix(_SUFFIX) for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)))


def profile_text(name: str) -> str:
    """The YAML of a shipped profile, comments and all. Raises ProfileUnknownError."""
    if name not in shipped_profiles():
        raise _unknown(name)
    return resources.files("enforcement.intake.profiles").joinpath(name + _SUFFIX).read_text("utf-8")


def _unknown(name: str) -> ProfileUnknownError:
    return ProfileUnknownError(phrase("There is no profile {name!r}; shipped are {names}.", name=name, names=", ".join(shipped_profiles())))


def profile_source(name: str) -> bytes:
    """The YAML of a shipped profile by its name, or of any by the path of its file. Raises ProfileUnknownError."""
    if name in shipped_profiles():
        return profile_text(name).encode()
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError):
        raise _unknown(name) from None


def load_profile(name: str, lists: CodeLists) -> Profile:
    """A shipped profile by its name, or any by the path of its YAML file. Raises ProfileUnknownError, ProfileError."""
    return parse_profile(profile_source(name), lists)
