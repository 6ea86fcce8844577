"""Everybody who may ask, and what they ask about: people made in SQL, objects through the API."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from dishka import Provider, Scope, provide

from marketplace.application.identity.authenticate import Authenticate, LiveSessions
from marketplace.application.identity.ports import AccessTokens
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.http.app import create_app
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import RATE_LIMITS, Settings
from prove.people import GOOD, PRODUCT, Person, payment, people
from tests.engines import Database
from tests.http.access.tokens import our_key, resigned
from tests.http.identity.house import House, QuickPasswords

BATCH = 40
KEY = "key-without-scope-of-"


class AuthenticateOrKey(Authenticate):
    """Knows one credential more: a key of somebody's that no scope was given."""

    async def __call__(self, access_token: str) -> Actor:
        if access_token.startswith(KEY):
            return Actor(UserId(UUID(access_token.removeprefix(KEY))), None, frozenset())
        return await super().__call__(access_token)


class KeyProvider(Provider):
    @provide(scope=Scope.APP, override=True)
    def authenticate(self, tokens: AccessTokens, live_sessions: LiveSessions, clock: Clock) -> Authenticate:
        return AuthenticateOrKey(tokens, live_sessions, clock)


class Stage:
    """The running application, with a stock of people."""

    def __init__(self, house: House, tokens: AccessTokens, clock: Clock, admin_dsn: str) -> None:
        self.house = house
        self.tokens = tokens
        self.clock = clock
        self._admin_dsn = admin_dsn
        self._stock: dict[Role, list[Person]] = defaultdict(list)
        self._gone: dict[str, Person] = {}

    async def prepare(self) -> None:
        """The administrators who are not let in any more."""
        gone = {
            "session ended": "UPDATE identity.sessions SET ended_at = now(), end_reason = 'logged_out' "
            "WHERE user_id = $1",
            "suspended": "UPDATE identity.users SET is_active = false WHERE id = $1",
            "deleted": "UPDATE identity.users SET is_active = false WHERE id = $1",
        }
        connection = await asyncpg.connect(self._admin_dsn)
        try:
            await connection.execute("ALTER TABLE identity.users DROP CONSTRAINT IF EXISTS ck_users_role_known")
            for kind, statement in gone.items():
                self._gone[kind] = await self.person(Role.ADMIN)
                await connection.execute(statement, self._gone[kind].id)
        finally:
            await connection.close()

    async def person(self, role: Role) -> Person:
        """Somebody new, signed in."""
        if not self._stock[role]:
            self._stock[role] = await people(self._admin_dsn, self.house.settings, role, BATCH)
        return self._stock[role].pop()

    def gone(self, kind: str) -> Person:
        return self._gone[kind]


@dataclass
class Scene:
    """One owner, what the owner has, and who else may ask for it; each is made when it is first wanted."""

    stage: Stage
    _people: dict[str, Person] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    async def person(self, kind: str) -> Person:
        if kind not in self._people:
            self._people[kind] = await self.stage.person(ROLES[kind])
        return self._people[kind]

    async def id(self, name: str) -> str:
        """Of what a path names so."""
        if name not in self._ids:
            if name not in OBJECTS:
                raise LookupError(f"say in tests/http/access/scene.py, OBJECTS, how a {name} of the owner comes to be")
            self._ids[name] = await OBJECTS[name](self)
        return self._ids[name]

    async def credential(self, kind: str) -> str | None:
        """The bearer token that this kind of actor presents."""
        return await CREDENTIALS[kind](self) if kind in CREDENTIALS else (await self.person(kind)).token

    async def do(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        """The `data` of a call that must succeed."""
        headers = (await self.person(kind)).headers
        answer = await self.stage.house.client.request(method, f"/api/v1{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()["data"]


async def _nobody(_: Scene) -> None:
    return None


async def _expired(scene: Scene) -> str:
    user = await scene.person("owner")
    now = scene.stage.clock.now()
    session = scene.stage.tokens.verify(user.token, now).session
    return scene.stage.tokens.issue(UserId(user.id), session, now - timedelta(hours=1))


async def _wrong_audience(scene: Scene) -> str:
    token = (await scene.person("owner")).token
    return resigned(our_key(scene.stage.house.settings), token, aud="another-api")


async def _key_without_scope(scene: Scene) -> str:
    return f"{KEY}{(await scene.person('owner')).id}"


def _gone(kind: str) -> Callable[[Scene], Awaitable[str]]:
    async def credential(scene: Scene) -> str:
        return scene.stage.gone(kind).token

    return credential


ROLES = {
    "owner": Role.SELLER, "other buyer": Role.BUYER, "seller": Role.SELLER, "other seller": Role.SELLER,
    "moderator": Role.MODERATOR, "finance": Role.FINANCE, "admin": Role.ADMIN,
}  # fmt: skip
"""The kinds of actor who have an account and a session of their own in each scene."""

CREDENTIALS: Mapping[str, Callable[[Scene], Awaitable[str | None]]] = {
    "anonymous": _nobody, "expired token": _expired, "wrong audience": _wrong_audience,
    "session ended": _gone("session ended"), "api key without scope": _key_without_scope,
    "suspended": _gone("suspended"), "deleted": _gone("deleted"),
}  # fmt: skip
"""What all the others present."""


async def _product(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", "/products", PRODUCT))["id"])


async def _product_of_seller(scene: Scene) -> str:
    return str((await scene.do("seller", "POST", "/products", PRODUCT))["id"])


async def _offer(scene: Scene) -> str:
    wish = {"product_id": await _product_of_seller(scene), "offered_price": 750}
    return str((await scene.do("owner", "POST", "/offers", wish))["id"])


async def _order(scene: Scene) -> str:
    return str((await scene.do("seller", "PATCH", f"/offers/{await _offer(scene)}/accept"))["transaction_id"])


async def _payment(scene: Scene) -> str:
    return str((await scene.do("owner", "POST", f"/payments/order/{await _order(scene)}/pay", payment(GOOD)))["id"])


OBJECTS: Mapping[str, Callable[[Scene], Awaitable[str]]] = {
    "product_id": _product, "offer_id": _offer, "order_id": _order, "payment_id": _payment,
}  # fmt: skip
"""By the name of the path parameter: an object of the owner's. The offer is open, the order not paid."""

IN_BODIES: Mapping[str, Callable[[Scene], Awaitable[str]]] = {"product_id": _product_of_seller}
"""By the name of the field in a body: what somebody else offers to everybody."""


@asynccontextmanager
async def running_stage(database: Database, redis_url: str, data_dir: Path) -> AsyncIterator[Stage]:
    """`database` must be nobody else's."""
    settings = Settings.from_environment({
        "ENVIRONMENT": "development", "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir), "SECRET_KEY": "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy",
        **dict.fromkeys(RATE_LIMITS, "1000000/minute"),
    })  # fmt: skip
    container = build(settings, QuickPasswords(), KeyProvider())
    app = Gate(create_app(container, settings), allowed_hosts=frozenset(), new_id=uuid4)
    try:
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar and httpx name the same types apart
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            tokens, clock = await container.get(AccessTokens), await container.get(Clock)
            stage = Stage(House(settings, container, client), tokens, clock, database.admin_dsn)
            await stage.prepare()
            yield stage
    finally:
        await container.close()
