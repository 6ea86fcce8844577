"""U5: refreshes of one token at once have one child, an old token ends its family, a logout counts everywhere."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from uuid import UUID

import asyncpg
import httpx

from marketplace.adapters.security.refresh_tokens import HmacRefreshTokens
from marketplace.application.identity.ports import RefreshToken
from marketplace.domain.identity.session import REPEAT_WINDOW
from marketplace.entrypoints.wiring.rotation import access_tokens
from marketplace.entrypoints.wiring.settings import Settings
from prove.node import node
from prove.people import Person, people
from prove.processes import UNLIMITED, clients

DEAD_WITHIN = 1.0
"""Seconds until an access token of an ended session is refused by every process."""

BUSY = 503


@dataclass(frozen=True, slots=True)
class Session:
    id: UUID
    person: Person
    first: str
    """Its refresh token of generation 1."""


class Campaign:
    def __init__(self, processes: list[httpx.AsyncClient], database: asyncpg.Connection) -> None:
        self._processes = processes
        self._database = database
        self.found: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.longest = 0.0

    async def refresh(self, token: str, process: int = 0) -> httpx.Response:
        return await self._processes[process].post("/auth/refresh", json={"refresh_token": token})

    async def one_child(self, session: Session, duplicates: int) -> str:
        """The refresh token that everybody got who presented the first one at the same moment."""
        doors = islice(cycle(range(len(self._processes))), duplicates)
        answers = await asyncio.gather(*(self.refresh(session.first, door) for door in doors))
        self.statuses.update(answer.status_code for answer in answers)
        children = {answer.json()["data"]["refresh_token"] for answer in answers if answer.status_code == 200}
        odd = {answer.status_code for answer in answers} - {200, BUSY}
        generation = await self._database.fetchval("SELECT generation FROM identity.sessions WHERE id = $1", session.id)
        if len(children) != 1 or odd or generation != 2:
            self.found.append(
                f"session {session.id}: {len(children)} children, generation {generation}, statuses {odd}"
            )
        return next(iter(children), session.first)

    async def old_token_kills(self, session: Session, child: str) -> None:
        grandchild = await self._refreshed(session, child)
        await self._must_end(session, session.first, "an older token", grandchild)

    async def second_use_kills(self, session: Session) -> None:
        """A client may repeat itself within the window; whoever comes later has a copy."""
        child = await self._refreshed(session, session.first)
        passed = "UPDATE identity.sessions SET rotated_at = rotated_at - $2::interval WHERE id = $1"
        await self._database.execute(passed, session.id, REPEAT_WINDOW)
        await self._must_end(session, session.first, "a token used twice", child)

    async def logout_counts(self, session: Session) -> None:
        for process in self._processes:
            if (await process.get("/auth/me", headers=session.person.headers)).status_code != 200:
                self.found.append(f"session {session.id}: not alive before its logout")
        await self._processes[0].post("/auth/logout", headers=session.person.headers)
        for number, process in enumerate(self._processes):
            answer = await process.get("/auth/me", headers=session.person.headers)
            if _code(answer) != (401, "session_ended"):
                self.found.append(f"session {session.id}: process {number} answers {_code(answer)} after the logout")
        if _code(await self.refresh(session.first)) != (401, "session_ended"):
            self.found.append(f"session {session.id}: refreshed after the logout")

    async def _refreshed(self, session: Session, token: str) -> str:
        answer = await self.refresh(token, process=1)
        if answer.status_code != 200:
            self.found.append(f"session {session.id}: its newest token is answered {_code(answer)}")
            return token
        return str(answer.json()["data"]["refresh_token"])

    async def _must_end(self, session: Session, used: str, what: str, newest: str) -> None:
        answer = await self.refresh(used)
        ended = time.perf_counter()
        if _code(answer) != (401, "refresh_token_reused"):
            self.found.append(f"session {session.id}: {what} is answered {_code(answer)}")
        for number, process in enumerate(self._processes):
            while (await process.get("/auth/me", headers=session.person.headers)).status_code != 401:
                if time.perf_counter() - ended > DEAD_WITHIN:
                    self.found.append(f"session {session.id}: process {number} lets it in {DEAD_WITHIN} s after {what}")
                    break
            self.longest = max(self.longest, time.perf_counter() - ended)
            if _code(await self.refresh(newest, number)) != (401, "session_ended"):
                self.found.append(f"session {session.id}: {what} left the newest token alive on process {number}")


async def tokens(sessions: int, duplicates: int) -> list[str]:
    """The violations; prints a line of figures."""
    async with node(None, **UNLIMITED) as server, clients(server, duplicates) as processes:
        database = await asyncpg.connect(server.admin_dsn)
        try:
            campaign = Campaign(processes, database)
            crowd = await people(server.admin_dsn, server.settings, "buyer", 3 * sessions)
            made = await _sessions(server.settings.with_addresses(server.admin_dsn, server.admin_dsn, ""), crowd)
            for racing, repeating, leaving in zip(made[::3], made[1::3], made[2::3], strict=True):
                await campaign.old_token_kills(racing, await campaign.one_child(racing, duplicates))
                await campaign.second_use_kills(repeating)
                await campaign.logout_counts(leaving)
        finally:
            await database.close()
    print(
        f"tokens: {sessions} sessions, {duplicates} refreshes of each at once over {len(processes)} HTTP processes: "
        f"{campaign.statuses[200]} answered, {campaign.statuses[BUSY]} turned away; an ended family is dead after "
        f"{campaign.longest * 1000:.0f} ms at most; {len(campaign.found)} violations"
    )
    return campaign.found


async def _sessions(settings: Settings, crowd: list[Person]) -> list[Session]:
    access = await access_tokens(settings)
    refresh = HmacRefreshTokens(settings.key("refresh-token"))
    now = datetime.now(UTC)  # noqa: TID251 - the harness's own clock
    ids = [(await access.verify(person.token, now)).session for person in crowd]
    return [Session(id_, person, refresh.write(RefreshToken(id_, 1))) for id_, person in zip(ids, crowd, strict=True)]


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json().get("code", ""))
