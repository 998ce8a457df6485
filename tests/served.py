"""A node's console served on loopback for tests, and a visitor without a browser: cookies, forms, and the pages' own tokens."""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from liaison.access.permissions import Role
from liaison.access.users import add_user
from liaison.cli.door import premises_of
from liaison.console.listening import CONSOLE, Where
from liaison.console.server import open_server
from liaison.console.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from liaison.access.permissions import Person
    from liaison.assembly import Node

PASSWORD = "seven grey herons wade"


def add_person(node: Node, name: str, *roles: Role, port: str = "") -> Person:
    """Somebody who can sign in with PASSWORD; a drafter is of BRSSZ, where no port is given."""
    port = port or ("BRSSZ" if set(roles) == {Role.DRAFTER} else "")
    with node.parts.database.writing() as connection:
        return add_user(connection, node.access, name, PASSWORD, roles, port=port)


@contextmanager
def served(node: Node, tls: Path | None = None, sign_ins: int = 6_000) -> Iterator[int]:
    """The node's console on loopback, in a thread, as `liaison run` serves it; its port."""
    site = Site(replace(premises_of(node), sign_ins_each_minute=sign_ins))
    server = open_server(site.app, Where("127.0.0.1", 0, tls, CONSOLE))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        yield server.port
    finally:
        site.leave()
        server.stop()
        thread.join(30)
        site.close()
        server.close()


@dataclass
class Seen:
    """An answer."""

    status: int
    headers: dict[str, str]
    raw: bytes
    cookies: list[str]

    @property
    def html(self) -> str:
        return self.raw.decode()

    @property
    def text(self) -> str:
        """What a reader sees, without markup; help is closed."""
        open_part = re.sub(r'(?s)<(script|style).*?</\1>|<details class="helped">.*?</details>', " ", self.html)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", open_part)).split())

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.html)
        assert found, self.html[:500]
        return found.group(1)

    @property
    def to(self) -> str:
        return self.headers.get("location", "")


@dataclass
class Visitor:
    """One browser's cookies at one console."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "en"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Seen:
        """One request, cookies with it; redirects are not followed."""
        given = {"Accept-Language": self.language, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            seen = Seen(
                answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read(), answer.headers.get_all("set-cookie") or []
            )
        finally:
            connection.close()
        for line in seen.cookies:
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value.strip('"')
        return seen

    def get(self, path: str, **headers: Any) -> Seen:
        return self.ask("GET", path, **headers)

    def post(self, path: str, fields: dict[str, Any], **headers: Any) -> Seen:
        """A form as a browser sends it."""
        given: dict[str, Any] = {"Content_Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}", **headers}
        return self.ask("POST", path, body=urlencode(fields, doseq=True).encode(), **given)

    def send(self, page: str, to: str, **fields: Any) -> Seen:
        """Open a page and send its form."""
        return self.post(to, {"csrf": self.get(page).csrf, **fields})

    def follow(self, seen: Seen) -> Seen:
        """Where a form led."""
        assert seen.status == 303, (seen.status, seen.text[:500])
        return self.get(seen.to)

    def sign_in(self, name: str, password: str = PASSWORD) -> Visitor:
        seen = self.send("/sign-in", "/sign-in", name=name, password=password)
        assert seen.status == 303, seen.text
        return self
