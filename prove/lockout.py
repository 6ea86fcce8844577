"""U6: guesses lock a network out of an account, later everybody but its known devices, and never the owner for good.

Networks are played by X-Forwarded-For, which the HTTP processes believe on their own sockets. The accounts have cheap
hashes; a refusal without a comparison costs as much CPU as ever, and there are slots for a few of these at once only.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from itertools import count, cycle, islice
from uuid import UUID

import asyncpg
import httpx
from redis.asyncio import Redis

from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.adapters.redis.sign_in_guard import RedisSignInGuard
from marketplace.adapters.security.mail_tokens import HmacMailTokens
from marketplace.application.identity.ports import MailPurpose
from marketplace.domain.shared.ids import UserId
from prove.enumeration import shown
from prove.node import Node
from prove.people import give_password, people
from prove.processes import clients

PASSWORD, NEW_PASSWORD, WRONG = "Correct-Horse-7", "Newer-Stable-8", "Wrong-Horse-7"
FAILURES, FAILURES_IN_ALL, LOCK = 5, 100, timedelta(minutes=30)
"""What is promised: from one network, from all, and how long the one is locked."""

HOSTILE_AT_ONCE = 8
"""In the long attack: more would find no slot within the seconds that a caller waits for one."""

BUSY = 503


class Campaign:
    def __init__(self, server: Node, processes: list[httpx.AsyncClient], database: asyncpg.Connection) -> None:
        self._server = server
        self._processes = cycle(processes)
        self._database = database
        self._networks = (str(IPv4Address("11.0.0.0") + number) for number in count(1))
        self.statuses: Counter[int] = Counter()
        self.found: list[str] = []
        self.logins = 0

    def networks(self, number: int) -> list[str]:
        """Never used before."""
        return [next(self._networks) for _ in range(number)]

    async def account(self) -> tuple[UUID, str]:
        crowd = await people(self._server.admin_dsn, self._server.settings, "buyer", 1)
        ((user, email),) = (
            await give_password(self._server.admin_dsn, self._server.settings, crowd, PASSWORD, cost=4)
        ).items()
        return user, email

    async def log_in(
        self, email: str, network: str, password: str = PASSWORD, device_token: str | None = None
    ) -> httpx.Response:
        body = {"identifier": email, "password": password, "device_token": device_token}
        answer = await next(self._processes).post("/auth/login", json=body, headers={"x-forwarded-for": network})
        self.statuses[answer.status_code] += 1
        return answer

    async def guess(self, email: str, networks: Sequence[str]) -> None:
        """A wrong password from each, all at once."""
        answers = await asyncio.gather(*(self.log_in(email, one, WRONG) for one in networks))
        if odd := {answer.status_code for answer in answers} - {401, BUSY}:
            self.found.append(f"wrong passwords of {email} are answered {odd}")

    async def expect(self, what: str, status: int, *login: str | None) -> httpx.Response:
        answer = await self.log_in(*login)  # type: ignore[arg-type]  # in the order of log_in
        if answer.status_code != status:
            self.found.append(f"{what} is answered {answer.status_code} {answer.text}")
        return answer

    async def compared(self, user: UUID) -> int:
        """How many of the refused attempts were let through to a comparison, says the audit trail."""
        query = (
            "SELECT count(*) FROM audit.entries WHERE action = 'identity.sign_in_refused' AND subject = $1 "
            "AND NOT (facts->>'locked')::boolean"
        )
        return int(await self._database.fetchval(query, user))

    async def one_network_locks_itself_only(self, redis: Redis, at_once: int) -> None:
        user, email = await self.account()
        home, elsewhere = self.networks(2)
        await self.guess(email, [home] * at_once)
        compared = await self.compared(user)
        if not 0 < compared <= FAILURES:
            self.found.append(f"{compared} of {at_once} passwords at once from one network were compared")
        lock = self._lock_of(redis, user, home)
        left = await redis.pttl(lock)
        await self.expect("the right password from a locked network", 401, email, home)
        if not 0 < await redis.pttl(lock) <= left <= LOCK.total_seconds() * 1000:
            self.found.append(f"the lock of a network has {left} ms left, then {await redis.pttl(lock)} ms")
        if left < (LOCK - timedelta(seconds=30)).total_seconds() * 1000:
            self.found.append(f"the lock of a network is over in {left} ms")
        await self.expect("the right password from another network", 200, email, elsewhere)
        await self.expect("the locked network, after a login elsewhere,", 401, email, home)
        await redis.delete(lock)  # as when its time has run out
        await self.expect("the right password after the lock", 200, email, home)

    async def all_networks_lock_the_account(self) -> None:
        """100 passwords are compared, wherever they come from; then known devices only, until the password is reset."""
        user, email = await self.account()
        home, stranger = self.networks(2)
        device_token = (await self.expect("a login", 200, email, home)).json()["data"]["device_token"]
        networks = [home, *self.networks(FAILURES_IN_ALL // FAILURES)]
        for _ in range(FAILURES):
            await self.guess(email, networks)
        compared = await self.compared(user)
        if not FAILURES < compared <= FAILURES_IN_ALL:
            self.found.append(f"{compared} passwords of one account were compared")
        locked = await self.expect("the right password when the account is locked", 401, email, stranger)
        (nowhere,) = self.networks(1)
        unknown = await self.log_in(f"nobody-{user}@example.com", nowhere)
        if shown(locked) != shown(unknown):
            self.found.append(f"a locked account is answered {shown(locked)}, an unknown one {shown(unknown)}")
        await self._reset(user, email)
        for what, network in (("owner at home", home), ("stranger's network", stranger)):
            await self.expect(f"the {what}, after a reset,", 200, email, network, NEW_PASSWORD)
        await self.expect("the known device, after a reset,", 200, email, home, NEW_PASSWORD, device_token)

    async def the_owner_gets_in(self, hostile: int) -> None:
        """On a known device, at home, while others guess from there and elsewhere without pause, mostly locked out."""
        _, email = await self.account()
        (home,) = self.networks(1)
        device_token = (await self.expect("a login", 200, email, home)).json()["data"]["device_token"]
        places = cycle([home, *self.networks(hostile // (2 * FAILURES))])
        attack = asyncio.ensure_future(self._attack(email, islice(places, hostile)))
        while not attack.done():
            await self.expect("the owner on a known device under attack", 200, email, home, PASSWORD, device_token)
            self.logins += 1
            await asyncio.wait([attack], timeout=0.5)
        await attack
        await self.guess(email, [home] * FAILURES)
        await self.expect("a device that is not known, at home,", 401, email, home)
        await self.expect("the owner on a known device after the attack", 200, email, home, PASSWORD, device_token)

    async def _attack(self, email: str, places: Iterator[str]) -> None:
        async def attacker() -> None:
            for place in places:
                await self.guess(email, [place])

        await asyncio.gather(*(attacker() for _ in range(HOSTILE_AT_ONCE)))

    async def _reset(self, user: UUID, email: str) -> None:
        """By the link that a letter would have brought."""
        password_hash = await self._database.fetchval("SELECT password_hash FROM identity.users WHERE id = $1", user)
        tokens = HmacMailTokens(self._server.settings.key("mail-token"))
        expiry = datetime.now(UTC) + timedelta(minutes=5)  # noqa: TID251 - the harness's own clock
        token = tokens.write(MailPurpose.RESET_PASSWORD, UserId(user), f"{email}|{password_hash}", expiry)
        answer = await next(self._processes).post(
            "/auth/password/reset", json={"token": token, "password": NEW_PASSWORD}
        )
        if answer.status_code != 200:
            self.found.append(f"a password reset is answered {answer.status_code} {answer.text}")

    def _lock_of(self, redis: Redis, user: UUID, network: str) -> str:
        guard = RedisSignInGuard(redis, self._server.settings.key("sign-in-guard"))
        return f"{guard._account(f'user:{user}')}:{guard._mac(f'network:{network}')}"


async def lockout(server: Node, hostile: int, at_once: int = 64) -> list[str]:
    """The violations; prints a line of figures. `hostile` failures make the long attack on one account."""
    async with (
        clients(server, max(at_once, HOSTILE_AT_ONCE + 1)) as processes,
        _database(server) as database,
        Redis.from_url(EmbeddedValkey(server.folder).url) as redis,
    ):
        campaign = Campaign(server, processes, database)
        await campaign.one_network_locks_itself_only(redis, at_once)
        await campaign.all_networks_lock_the_account()
        await campaign.the_owner_gets_in(hostile)
    print(
        f"lockout: {at_once} guesses at once from one network, {FAILURES_IN_ALL + FAILURES} from many, an attack of "
        f"{hostile} under which the owner logged in {campaign.logins} times; answers {dict(campaign.statuses)}; "
        f"{len(campaign.found)} violations"
    )
    return campaign.found


@asynccontextmanager
async def _database(server: Node) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(server.admin_dsn)
    try:
        yield connection
    finally:
        await connection.close()
