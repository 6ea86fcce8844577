from datetime import timedelta
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.identity.api_keys import (
    ApiKeyQueries,
    ApiKeyView,
    CreateApiKey,
    DeleteApiKey,
    NewApiKeyView,
)
from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.identity.api_key import LONGEST_LIFE, USUAL_LIFE, ApiKeyId
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Success


class ApiKeyWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key for a program. Without scopes it only reads; a scope must be a permission that its owner has."""

    name: Annotated[str, Meta(min_length=1, max_length=60, examples=["Stock sync"])]
    scopes: Annotated[list[Permission], Meta(max_length=50, examples=[["catalog.list_items"]])] = []
    expires_in_days: Annotated[int, Meta(ge=1, le=LONGEST_LIFE.days, examples=[90])] = USUAL_LIFE.days


class ApiKeysController(Controller):
    path = "/api/v1/auth/api-keys"
    tags = ("Accounts",)
    security = BEARER
    cache_control = CacheControlHeader(no_store=True)

    @get(summary="List my API keys")
    @inject
    async def list_api_keys(
        self, actor: FromDishka[Actor], api_keys: FromDishka[ApiKeyQueries]
    ) -> Success[list[ApiKeyView]]:
        """The newest 100, expired ones too. Needs a session: an API key may not ask."""
        return Success(await api_keys.of_owner(actor))

    @post(summary="Make an API key", opt=NOT_REPEATABLE)
    @inject
    async def create_api_key(
        self, data: JSONBody[ApiKeyWish], actor: FromDishka[Actor], create_api_key: FromDishka[CreateApiKey]
    ) -> Success[NewApiKeyView]:
        """Send the `key` as `Authorization: Bearer KEY`; it is shown this once. Needs a recent proof of identity.

        The key reads what its owner may see and does what its scopes name and its owner still may; nothing to the
        account itself, nor sockets. At most 20 live ones.
        """
        life = timedelta(days=data.expires_in_days)
        return Success(await create_api_key(actor, data.name, data.scopes, life))

    @delete("/{api_key_id:uuid}", status_code=200, summary="Delete an API key")
    @inject
    async def delete_api_key(
        self, api_key_id: FromPath[ApiKeyId], actor: FromDishka[Actor], delete_api_key: FromDishka[DeleteApiKey]
    ) -> Success[None]:
        """It stops working at once. Needs a recent proof of identity."""
        await delete_api_key(actor, api_key_id)
        return Success(None)
