"""Devices that a person signed in from before, each known by a secret of its own: a stranger's failures do not lock their owner out.

After OWASP, "Slow Down Online Guessing Attacks with Device Cookies". A device is bound to one name and its failures are counted apart; one
browser or terminal keeps the secrets of several, since people share a counter's computer. Of a secret only the SHA-256 is stored, so a
device ends when its row goes: with a new password, with a session of it that is revoked, or unused for long (decision 69).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from liaison.access.tokens import hash_of, new_token
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.tables import Access

DEVICE_LIMIT: Final = timedelta(days=180)  # since somebody last signed in from it
MOST_DEVICES: Final = 10  # of one person: each may guess as often as all strangers together; the one not used for longest goes
MOST_SECRETS: Final = 8  # that one browser keeps
MOST_CHARACTERS: Final = MOST_SECRETS * 65
_SECRET: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BETWEEN: Final = "."


def device_shown(connection: Connection, access: Access, user_id: str, shown: str) -> RowMapping | None:
    """The device of this user among the secrets that were shown, held until the transaction ends; None: no secret is one of theirs."""
    devices, since = access.tables.devices, to_ms(access.clock.now() - DEVICE_LIMIT)
    known = devices.c.token_hash.in_([hash_of(secret) for secret in _secrets(shown)])
    query = select(devices).where(known & (devices.c.user_id == user_id) & (devices.c.used_at > since))
    return connection.execute(query.order_by(devices.c.used_at.desc()).limit(1).with_for_update()).mappings().first()


def device_of(connection: Connection, access: Access, device_id: str | None) -> RowMapping | None:
    """A device by its id, held until the transaction ends; None: it has ended, or there was none."""
    devices = access.tables.devices
    return connection.execute(select(devices).where(devices.c.device_id == device_id).with_for_update()).mappings().first()


def remember_device(connection: Connection, access: Access, session_id: str, user_id: str, device_id: str | None) -> str:
    """After a sign-in that is complete: the device it came from is known from now on. The secret of a new one, else empty."""
    devices, now = access.tables.devices, to_ms(access.clock.now())
    used = update(devices).where(devices.c.device_id == device_id).values(used_at=now)
    if device_id is not None and connection.execute(used).rowcount:
        return ""
    secret, made = new_token(access.random), f"d-{access.random.bytes(8).hex()}"
    row = {"device_id": made, "token_hash": hash_of(secret), "user_id": user_id, "made_at": now, "used_at": now}
    connection.execute(insert(devices).values(failures=0, **row))
    sessions = access.tables.sessions
    connection.execute(update(sessions).where(sessions.c.session_id == session_id).values(device_id=made))
    theirs = select(devices.c.device_id).where(devices.c.user_id == user_id, devices.c.device_id != made)
    kept = connection.execute(theirs.order_by(devices.c.used_at.desc(), devices.c.device_id).limit(MOST_DEVICES - 1)).scalars().all()
    forget_devices(connection, access, user_id, (made, *kept))
    return secret


def forget_devices(connection: Connection, access: Access, user_id: str, but: Sequence[str | None] = ()) -> None:
    """A user's devices are strangers again, all but these."""
    devices = access.tables.devices
    kept = [device_id for device_id in but if device_id is not None]
    connection.execute(delete(devices).where(devices.c.user_id == user_id, devices.c.device_id.not_in(kept)))


def forget_device(connection: Connection, access: Access, device_id: str | None) -> None:
    """One device is a stranger again."""
    devices = access.tables.devices
    connection.execute(delete(devices).where(devices.c.device_id == device_id))


def with_secret(shown: str, secret: str) -> str:
    """What a browser keeps from now on, the newest first; empty: nothing."""
    kept = dict.fromkeys((*_secrets(secret), *_secrets(shown)))
    return _BETWEEN.join(list(kept)[:MOST_SECRETS])


def _secrets(shown: str) -> list[str]:
    return [one for one in shown[:MOST_CHARACTERS].split(_BETWEEN) if _SECRET.fullmatch(one)]
