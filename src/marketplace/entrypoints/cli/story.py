"""How the demo tells its story: people in columns, what they do and what they hear of it."""

import asyncio
import re
import secrets
import textwrap
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from time import monotonic, perf_counter

from marketplace.entrypoints.cli.client import Api, Events

WIDTH = 56
BESIDE = frozenset({"message:new", "messages:read", "notification:new", "notification:read", "user:online"})
"""What everybody hears beside what the story waits for: it is passed over unless it is named."""

PASSWORD = "Demo-Pass-2026!"  # noqa: S105 - of people who live for half a minute


class Person:
    """Somebody with an account, a column in the story and a socket."""

    acted_at = 0.0
    """When the last act of anybody began, by perf_counter: events are timed from it."""

    def __init__(self, name: str, does: str, api: Api, *, left: bool) -> None:
        self.name = name
        self.does = does
        self.api = Api(api.host, api.port)
        self.events = Events()
        self.email = ""
        self._left = left

    async def sign_up(self, role: str) -> None:
        self.email = email = f"{self.name.lower()}.{secrets.token_hex(3)}@example.com"
        answer = await self.api("POST", "/api/v1/auth/register", {
            "email": email, "username": email.partition("@")[0], "password": PASSWORD, "full_name": self.name,
            "role": role,
        })  # fmt: skip
        self.api.token = answer["access_token"]
        await self.api("POST", "/api/v1/auth/send-otp", {"identifier": email, "type": "email"})
        code = await self._code_from_mail(email)
        await self.api("POST", "/api/v1/auth/verify-otp", {"identifier": email, "otp_code": code})
        me = await self.api("GET", "/api/v1/auth/me")
        self.says(f"{self.does}; signed up, got the code {code} by mail, verified: {me['is_verified']}")

    async def _code_from_mail(self, email: str) -> str:
        until = monotonic() + 10
        while monotonic() < until:
            for message in await self.api("GET", f"/dev/outbox?to={email}"):
                if found := re.search(r"\b(\d{6})\b", message["body"]):
                    return found[1]
            await asyncio.sleep(0.05)
        raise RuntimeError(f"no code arrived for {email}")

    @asynccontextmanager
    async def acts(self, story: str) -> AsyncIterator[None]:
        Person.acted_at = perf_counter()
        yield
        self.says(f"{story}  ({(perf_counter() - Person.acted_at) * 1000:.0f} ms)")

    async def hears(self, *names: str, passing_over: Collection[str] = ()) -> None:
        """Wait for these events, in whatever order they come; a name said twice comes twice."""
        missing = list(names)
        while missing:
            name, data, at = await self.events.expect(set(missing), {*passing_over, *BESIDE})
            missing.remove(name)
            about = data.get("status") or data.get("reason") or data.get("content") or ""
            price = data.get("offeredPrice") or data.get("amount")
            details = ", ".join(str(one) for one in (about, money(price, data["currency"]) if price else "") if one)
            self._print(f"« {name}  {details}  +{(at - Person.acted_at) * 1000:.0f} ms")

    def says(self, text: str) -> None:
        self._print(f"{self.name} {text}")

    def _print(self, text: str) -> None:
        for line in textwrap.wrap(text, WIDTH - 2, subsequent_indent="   "):
            print(f"  {line:<{WIDTH}}│" if self._left else f"  {'':<{WIDTH}}│ {line}", flush=True)


def money(amount: float, currency: str = "AED") -> str:
    return f"{amount:,.2f} {currency}"


def title(text: str) -> None:
    print(f"\n── {text} {'─' * (2 * WIDTH - len(text))}")
