"""U7, RT2: an ended session is dead everywhere and its sockets close; factors count once; old proofs are asked anew."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from itertools import count, cycle, islice
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pyotp
from dishka import AsyncContainer

from marketplace.adapters.embedded.postgres import EmbeddedPostgres
from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.shared.user_events import Notice
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.wiring.container import build
from prove.node import Node
from prove.people import Person, give_password, people
from prove.processes import clients
from prove.sockets import plain, socket_io, stream

PASSWORD, NEW_PASSWORD = "Correct-Horse-7", "Newer-Stable-8"
DEAD_WITHIN, CLOSED_WITHIN = 2.0, 5.0
"""Seconds after the answer that ended a session: until its token is refused, and its sockets are closed."""

TRIALS_AT_ONCE = 4
LOGINS, COPIES = 50, 5
"""With one code of an authenticator app at once, and with one recovery code."""


@dataclass(frozen=True, slots=True)
class Device:
    """One session of a person."""

    owner: Person
    email: str
    name: str
    address: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}", **_from(self.name, self.address)}


class Campaign:
    def __init__(
        self, server: Node, processes: list[httpx.AsyncClient], database: asyncpg.Connection, container: AsyncContainer
    ) -> None:
        self._server = server
        self._processes = processes
        self._in_turn = cycle(processes)
        self._database = database
        self._container = container
        self._networks = (str(IPv4Address("11.0.1.0") + number) for number in count())
        self.admin: Person
        self.found: list[str] = []
        self.dead_after = self.closed_after = 0.0

    async def call(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> httpx.Response:
        return await next(self._in_turn).request(method, path, headers=headers, json=body)

    async def crowd(self, size: int) -> list[tuple[Person, str]]:
        """People and their addresses."""
        made = await people(self._server.admin_dsn, self._server.settings, "buyer", size)
        emails = await give_password(self._server.admin_dsn, self._server.settings, made, PASSWORD, cost=4)
        return [(one, emails[one.id]) for one in made]

    async def log_in(self, person: Person, email: str, name: str, address: str) -> Device:
        answer = await self._log_in(email, name, address)
        if answer.status_code != 200:
            raise RuntimeError(f"a login is answered {answer.status_code} {answer.text}")
        return Device(person, email, name, address, answer.json()["data"]["access_token"])

    async def _log_in(self, email: str, name: str, address: str, **more: str) -> httpx.Response:
        body = {"identifier": email, "password": PASSWORD, **more}
        return await self.call("POST", "/auth/login", _from(name, address), body)

    async def trial(self, person: Person, email: str, way: "Way") -> None:
        phone = await self.log_in(person, email, "Phone/1", "11.0.0.1")
        laptop = await self.log_in(person, email, "Laptop/2", "2001:db8::2")
        listed = await self._listed(phone, laptop)
        async with AsyncExitStack() as stack:
            opened = [open_(self._server, phone.token) for open_ in (plain, socket_io, stream)]
            dying = [await stack.enter_async_context(one) for one in opened]
            other = await stack.enter_async_context(plain(self._server, laptop.token))
            await self._tell(person, "before")
            if not all([await ear.hears("before") for ear in (*dying, other)]):
                self.found.append(f"{way.name}: a socket of a living session hears nothing")
            answer = await way.end(self, phone, laptop, listed)
            ended = time.perf_counter()
            if answer.status_code >= 300:
                self.found.append(f"{way.name} is answered {answer.status_code} {answer.text}")
            await self._tell(person, "after")
            await self._must_be_dead(phone, way, ended)
            for ear in [*dying, other] if way.ends_all else dying:
                if not await ear.closes(max(0, ended + CLOSED_WITHIN - time.perf_counter())):
                    self.found.append(f"{way.name}: a {ear.kind} is open {CLOSED_WITHIN} s later")
                self.closed_after = max(self.closed_after, time.perf_counter() - ended)
                if "after" in ear.heard:
                    self.found.append(f"{way.name}: a {ear.kind} of an ended session heard an event")
            if way.ends_all:
                await self._must_be_dead(laptop, way, ended)
            elif not await other.hears("after") or (await self._me(laptop)).status_code != 200:
                self.found.append(f"{way.name}: the other session died too")

    async def _listed(self, phone: Device, laptop: Device) -> dict[str, str]:
        """The ids of the sessions by what they call themselves. The list is the same to both but for `is_current`."""
        by_name: dict[str, str] = {}
        for asking in (phone, laptop):
            listed = (await self.call("GET", "/auth/sessions", asking.headers)).json()["data"]
            shown = {(one["device"], one["address"], one["is_current"]) for one in listed}
            wanted = {(one.name, one.address, one is asking) for one in (phone, laptop)} | {("", "", False)}
            if len(listed) != len(wanted) or shown != wanted:
                self.found.append(f"sessions are listed as {shown}")
            by_name = {one["device"]: one["id"] for one in listed}
        return by_name

    async def _must_be_dead(self, device: Device, way: "Way", ended: float) -> None:
        for number, process in enumerate(self._processes):
            while _code(answer := await self._me(device, process)) != (401, "session_ended"):
                if time.perf_counter() - ended > DEAD_WITHIN:
                    self.found.append(f"{way.name}: process {number} answers {_code(answer)} {DEAD_WITHIN} s later")
                    break
        self.dead_after = max(self.dead_after, time.perf_counter() - ended)

    async def _me(self, device: Device, process: httpx.AsyncClient | None = None) -> httpx.Response:
        return await (process or next(self._in_turn)).get("/auth/me", headers=device.headers)

    async def _tell(self, person: Person, name: str) -> None:
        async with self._container() as request:
            await (await request.get(DeliverNotices))([Notice(UserId(person.id), name, {})])

    async def factors_count_once(self) -> None:
        ((person, email),) = await self.crowd(1)
        device = await self.log_in(person, email, "Phone/1", "11.0.0.1")
        setup = (await self.call("POST", "/auth/2fa/setup", device.headers)).json()["data"]
        app, now = pyotp.TOTP(setup["secret"]), datetime.now(UTC)  # noqa: TID251 - the app's own clock
        enabled = await self.call("POST", "/auth/2fa/verify", device.headers, {"code": app.at(now)})
        recovery_codes: list[str] = enabled.json()["data"]["recovery_codes"]
        await self._once("a code of the app", email, LOGINS, otp_code=app.at(now + timedelta(seconds=app.interval)))
        for code in recovery_codes:
            await self._once("a recovery code", email, COPIES, recovery_code=code)
            again = await self._log_in(email, "Phone/1", next(self._networks), recovery_code=code)
            if _code(again) != (401, "invalid_second_factor"):
                self.found.append(f"a used recovery code is answered {_code(again)}")

    async def _once(self, what: str, email: str, copies: int, **factor: str) -> None:
        """From as many networks, so that none of them is locked."""
        networks = islice(self._networks, copies)
        answers = await asyncio.gather(*(self._log_in(email, "Phone/1", one, **factor) for one in networks))
        codes = Counter(map(_code, answers))
        if codes != {(200, ""): 1, (401, "invalid_second_factor"): copies - 1}:
            self.found.append(f"{what}, {copies} times at once, is answered {dict(codes)}")

    async def old_proofs_are_asked_anew(self) -> int:
        """How many operations refuse a login of more than five minutes ago."""
        ((person, email),) = await self.crowd(1)
        device = await self.log_in(person, email, "Phone/1", "11.0.0.1")
        await self._logged_in_ago(person, 290)
        key = await self.call("POST", "/auth/api-keys", device.headers, {"name": "Stock sync"})
        if key.status_code != 201:
            self.found.append(f"290 s after the login a new API key is answered {_code(key)}")
        await self._logged_in_ago(person, 301)
        for method, path, body in NEED_A_RECENT_PROOF:
            answer = await self.call(method, path, device.headers, body)
            if _code(answer) != (403, "step_up_required"):
                self.found.append(f"301 s after the login {method} {path} is answered {_code(answer)}")
        await self.call("POST", "/auth/step-up", device.headers, {"password": PASSWORD})
        key = await self.call("POST", "/auth/api-keys", device.headers, {"name": "Stock sync"})
        if key.status_code != 201:
            self.found.append(f"after a step-up a new API key is answered {_code(key)}")
        return len(NEED_A_RECENT_PROOF)

    async def _logged_in_ago(self, person: Person, seconds: int) -> None:
        statement = "UPDATE identity.sessions SET proven_at = now() - $2 * interval '1 second' WHERE user_id = $1"
        await self._database.execute(statement, person.id, seconds)

    async def end_one(self, _: Device, laptop: Device, listed: dict[str, str]) -> httpx.Response:
        return await self.call("DELETE", f"/auth/sessions/{listed['Phone/1']}", laptop.headers)

    async def log_out(self, phone: Device, *_: object) -> httpx.Response:
        return await self.call("POST", "/auth/logout", phone.headers)

    async def end_others(self, _: Device, laptop: Device, __: object) -> httpx.Response:
        return await self.call("DELETE", "/auth/sessions?keep_current=true", laptop.headers)

    async def end_all(self, _: Device, laptop: Device, __: object) -> httpx.Response:
        return await self.call("DELETE", "/auth/sessions", laptop.headers)

    async def change_password(self, _: Device, laptop: Device, __: object) -> httpx.Response:
        body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        return await self.call("POST", "/auth/password/change", laptop.headers, body)

    async def suspend(self, phone: Device, *_: object) -> httpx.Response:
        headers = self.admin.headers | {"idempotency-key": str(uuid4())}
        return await self.call("POST", f"/users/{phone.owner.id}/suspend", headers, {"reason": "Sells counterfeits."})

    async def delete(self, _: Device, laptop: Device, __: object) -> httpx.Response:
        return await self.call("DELETE", "/users/me", laptop.headers)


@dataclass(frozen=True, slots=True)
class Way:
    """Ends the session of the phone, and the laptop's too if it `ends_all`."""

    name: str
    end: Callable[[Campaign, Device, Device, dict[str, str]], Awaitable[httpx.Response]]
    ends_all: bool = False


WAYS = (
    Way("a logout", Campaign.log_out),
    Way("the end of one session", Campaign.end_one),
    Way("the end of the others", Campaign.end_others),
    Way("the end of all", Campaign.end_all, ends_all=True),
    Way("a password change", Campaign.change_password),
    Way("a suspension", Campaign.suspend, ends_all=True),
    Way("a deletion", Campaign.delete, ends_all=True),
)
_SOMEONE = "0197a3c0-7c1e-7000-8000-000000000000"
_CREDENTIAL = {
    "id": "AAAA", "rawId": "AAAA", "type": "public-key",
    "response": {"clientDataJSON": "AAAA", "attestationObject": "AAAA"},
}  # fmt: skip
NEED_A_RECENT_PROOF: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/auth/api-keys", {"name": "Stock sync"}),
    ("DELETE", f"/auth/api-keys/{_SOMEONE}", None),
    ("POST", "/auth/2fa/setup", None),
    ("POST", "/auth/2fa/verify", {"code": "000000"}),
    ("POST", "/auth/2fa/disable", {"code": "000000"}),
    ("POST", "/auth/2fa/recovery-codes", {"code": "000000"}),
    ("POST", "/auth/passkeys/options", None),
    ("POST", "/auth/passkeys", {"name": "Phone", "credential": _CREDENTIAL}),
    ("DELETE", f"/auth/passkeys/{_SOMEONE}", None),
    ("POST", "/auth/contact", {"email": "newer@example.com"}),
    ("POST", "/auth/contact/confirm", {"otp_code": "000000"}),
    ("GET", "/users/me/export", None),
    ("DELETE", "/users/me", None),
)


async def sessions(server: Node, trials: int) -> list[str]:
    """The violations; prints a line of figures."""
    async with clients(server, LOGINS) as processes, AsyncExitStack() as stack:
        database = await asyncpg.connect(server.admin_dsn)
        stack.push_async_callback(database.close)
        postgres, valkey = EmbeddedPostgres(server.folder), EmbeddedValkey(server.folder)
        addresses = postgres.app_dsn, postgres.owner_dsn, valkey.url
        container = build(server.settings.with_addresses(*addresses), pool_size=TRIALS_AT_ONCE)
        stack.push_async_callback(container.close)
        campaign = Campaign(server, processes, database, container)
        (campaign.admin,) = await people(server.admin_dsn, server.settings, "admin", 1)
        todo = iter(list(zip(await campaign.crowd(trials), cycle(WAYS), strict=False)))

        async def work() -> None:
            for (person, email), way in todo:
                await campaign.trial(person, email, way)

        await asyncio.gather(*(work() for _ in range(TRIALS_AT_ONCE)))
        await campaign.factors_count_once()
        operations = await campaign.old_proofs_are_asked_anew()
    print(
        f"sessions: {trials} ended in {len(WAYS)} ways: tokens dead on {len(processes)} HTTP processes after "
        f"{campaign.dead_after * 1000:.0f} ms at most, sockets closed after {campaign.closed_after * 1000:.0f} ms; a "
        f"code {LOGINS} times at once; {operations} operations ask for a recent proof; {len(campaign.found)} violations"
    )
    return campaign.found


def _from(device: str, address: str) -> dict[str, str]:
    return {"user-agent": device, "x-forwarded-for": address}


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, "" if answer.status_code < 300 else str(answer.json().get("code", ""))
