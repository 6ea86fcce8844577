"""The signing keys at the operator's hand, and for tools that stand in for signed-in people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dishka import AsyncContainer

from marketplace.application.identity.ports import AccessTokens
from marketplace.application.identity.signing_keys import RotateSigningKeys, SigningKeyQueries, Urgency
from marketplace.domain.identity.signing_key import SigningKey
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings


async def list_keys(settings: Settings) -> list[SigningKey]:
    async with _container(settings) as container:
        queries: SigningKeyQueries = await container.get(SigningKeyQueries)
        return await queries.all()


async def rotate_keys(settings: Settings, urgency: Urgency) -> SigningKey:
    async with _container(settings) as container, container() as scope:
        return await (await scope.get(RotateSigningKeys))(urgency)


async def access_tokens(settings: Settings) -> AccessTokens:
    """With the keys of this moment."""
    async with _container(settings) as container:
        tokens: AccessTokens = await container.get(AccessTokens)
        return tokens


@asynccontextmanager
async def _container(settings: Settings) -> AsyncIterator[AsyncContainer]:
    container = build(settings, pool_size=1)
    try:
        yield container
    finally:
        await container.close()
