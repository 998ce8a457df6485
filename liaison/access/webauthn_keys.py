"""Security keys by WebAuthn: what a browser is asked, and whether its answer holds; the owner of `webauthn`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CHALLENGE_BYTES: Final = 32
TIMEOUT_MS: Final = 300_000
MAX_ANSWER_CHARACTERS: Final = 65_536


class KeyAnswerRefused(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The answer of the security key does not hold."""

    code = "access.key-refused"
    next_step = "Try again with the key you registered here, at the address you registered it for."


@dataclass(frozen=True, slots=True)
class Site:
    """Who asks: the domain that keys are bound to (`liaison.example`), the origin of its pages with scheme and port, and its name."""

    rp_id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A key as it is kept."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...] = ()


def registration_options(site: Site, user: tuple[str, str], challenge: bytes, known: Iterable[Credential]) -> dict[str, Any]:
    """What the browser gives to `navigator.credentials.create`. `user`: pseudonymous id and login name; no `known` key is taken twice."""
    import webauthn  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them
    from webauthn.helpers import options_to_json_dict  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them
    from webauthn.helpers.structs import AuthenticatorSelectionCriteria, ResidentKeyRequirement, UserVerificationRequirement  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them

    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=user[0].encode(),
        user_name=user[1],
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_named(known),
    )
    return dict(options_to_json_dict(options))


def authentication_options(site: Site, challenge: bytes, known: Iterable[Credential]) -> dict[str, Any]:
    """What the browser gives to `navigator.credentials.get`."""
    import webauthn  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them
    from webauthn.helpers import options_to_json_dict  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them

    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=_named(known),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options_to_json_dict(options))


def registered(answer: str, challenge: bytes, site: Site) -> Credential:
    """The key of a browser's answer, as JSON text, to `registration_options`. Raises KeyAnswerRefused."""
    import webauthn  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them
    from webauthn.helpers.structs import AuthenticatorTransport  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them

    try:
        body = _parsed(answer)
        made = webauthn.verify_registration_response(
            credential=body, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin
        )
        told = body["response"].get("transports")
    except Exception as error:  # whatever the libraries below meet in a strange answer
        raise KeyAnswerRefused from error
    transports = tuple(one.value for one in AuthenticatorTransport if isinstance(told, list) and one.value in told)
    return Credential(made.credential_id, made.credential_public_key, made.sign_count, transports)


def credential_of(answer: str) -> bytes:
    """Which key an answer says it is of; not verified. Raises KeyAnswerRefused."""
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them

    try:
        return parse_authentication_credential_json(_parsed(answer)).raw_id
    except Exception as error:  # whatever the libraries below meet in a strange answer
        raise KeyAnswerRefused from error


def asserted(answer: str, challenge: bytes, site: Site, key: Credential) -> int:
    """The key's count of signatures in an answer that it signed now. Raises KeyAnswerRefused.

    The caller compares the count: only then is a copied key told from a forged answer, since the library would look at the count before
    the signature.
    """
    import webauthn  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them

    try:
        shown = webauthn.verify_authentication_response(
            credential=_parsed(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=0,
        )
    except Exception as error:  # whatever the libraries below meet in a strange answer
        raise KeyAnswerRefused from error
    return int(shown.new_sign_count)


def _parsed(answer: str) -> dict[str, Any]:
    if len(answer) > MAX_ANSWER_CHARACTERS:
        raise KeyAnswerRefused
    body = json.loads(answer)
    if not isinstance(body, dict):
        raise KeyAnswerRefused
    return body


def _named(known: Iterable[Credential]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor  # noqa: PLC0415 - it brings a hundred modules, and a node starts without them

    ways = {one.value: one for one in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(id=one.credential_id, transports=[ways[word] for word in one.transports if word in ways])
        for one in known
    ]
