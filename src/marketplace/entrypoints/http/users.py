"""Accounts: one's own to edit and leave, others' to keep in order."""

from typing import Annotated, Literal

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, patch, post, put
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.identity.export import ExportPersonalData
from marketplace.application.identity.people import (
    ActivateUser,
    ChangeRole,
    DeleteAccount,
    EditProfile,
    ProfileChanges,
    SuspendUser,
)
from marketplace.application.identity.people_views import PersonalDataView
from marketplace.application.identity.ports import AccountQueries
from marketplace.application.identity.views import UserView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.social.ports import PeopleQueries
from marketplace.application.social.views import PersonView
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.http.catalog import PUBLIC
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE, ROLES
from marketplace.entrypoints.http.messages import Success

PRIVATE = CacheControlHeader(no_store=True)

FullName = Annotated[str, Meta(min_length=1, max_length=100, examples=["Amina Karimova"])]
Bio = Annotated[str, Meta(max_length=1_000, examples=["I restore film cameras."])]
Language = Annotated[Literal["en", "ru", "uz", "ar", "hi"], Meta(examples=["uz"])]
RoleWord = Literal["buyer", "seller", "client", "worker", "moderator", "finance", "admin"]


class ProfileChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays."""

    full_name: FullName | None = None
    bio: Bio | None = None
    language: Language | None = None


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    full_name: FullName
    bio: Bio
    language: Language


class Suspension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["Sells counterfeit goods."])]


class NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`client` means buyer and `worker` means seller."""

    role: Annotated[RoleWord, Meta(examples=["moderator"])]


class UsersController(Controller):
    path = "/api/v1/users"
    tags = ("Users",)

    @get("/me", summary="Read your account", cache_control=PRIVATE, security=BEARER)
    @inject
    async def me(self, actor: FromDishka[Actor], accounts: FromDishka[AccountQueries]) -> Success[UserView]:
        """The same as `GET /auth/me`."""
        return Success(await accounts.me(actor))

    @patch("/me", summary="Change your profile", security=BEARER)
    @inject
    async def change_own(
        self, data: JSONBody[ProfileChange], actor: FromDishka[Actor], edit: FromDishka[EditProfile]
    ) -> Success[UserView]:
        """Names, what you say about yourself, and the language of messages to you. What is left out stays."""
        return Success(await edit(actor, actor.user, ProfileChanges(data.full_name, data.bio, data.language)))

    @delete("/me", summary="Delete your account", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def delete_own(self, actor: FromDishka[Actor], delete_account: FromDishka[DeleteAccount]) -> None:
        """What is personal is gone at once, and every session ends. Needs a recent proof.

        Refused (`account_has_business`) while negotiations are open, orders run or money is owed to you.
        """
        await delete_account(actor, actor.user)

    @get("/me/export", summary="Take your data with you", cache_control=PRIVATE, security=BEARER)
    @inject
    async def export(
        self, actor: FromDishka[Actor], export: FromDishka[ExportPersonalData]
    ) -> Success[PersonalDataView]:
        """Everything stored about you, 5,000 records of each kind at most; no secrets. Needs a recent proof."""
        return Success(await export(actor))

    @get("/{user_id:uuid}", summary="Read a person's profile", cache_control=PUBLIC)
    @inject
    async def read(self, user_id: FromPath[UserId], people: FromDishka[PeopleQueries]) -> Success[PersonView]:
        """What everybody sees. An account that is suspended or deleted is not found."""
        return Success(await people.person(user_id))

    @put("/{user_id:uuid}", summary="Edit a profile", security=BEARER)
    @inject
    async def edit(
        self,
        user_id: FromPath[UserId],
        data: JSONBody[Profile],
        actor: FromDishka[Actor],
        edit: FromDishka[EditProfile],
    ) -> Success[UserView]:
        """Your own, or as an administrator anybody's."""
        return Success(await edit(actor, user_id, ProfileChanges(data.full_name, data.bio, data.language)))

    @delete("/{user_id:uuid}", summary="Delete an account", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def delete(
        self, user_id: FromPath[UserId], actor: FromDishka[Actor], delete_account: FromDishka[DeleteAccount]
    ) -> None:
        """For administrators, with a recent proof; refused while the person has business, as for `me`."""
        actor.require(Permission.MANAGE_USERS)
        await delete_account(actor, user_id)

    @post("/{user_id:uuid}/suspend", status_code=200, summary="Suspend a user", security=BEARER)
    @inject
    async def suspend(
        self,
        user_id: FromPath[UserId],
        data: JSONBody[Suspension],
        actor: FromDishka[Actor],
        suspend: FromDishka[SuspendUser],
    ) -> Success[UserView]:
        """For administrators. Sessions end at once, listings go off the market, open negotiations close."""
        return Success(await suspend(actor, user_id, data.reason))

    @post("/{user_id:uuid}/activate", status_code=200, summary="Lift a suspension", security=BEARER)
    @inject
    async def activate(
        self, user_id: FromPath[UserId], actor: FromDishka[Actor], activate: FromDishka[ActivateUser]
    ) -> Success[UserView]:
        """For administrators. The listings that the suspension paused are for sale again."""
        return Success(await activate(actor, user_id))

    @put("/{user_id:uuid}/role", summary="Give a user another role", security=BEARER)
    @inject
    async def change_role(
        self,
        user_id: FromPath[UserId],
        data: JSONBody[NewRole],
        actor: FromDishka[Actor],
        change_role: FromDishka[ChangeRole],
    ) -> Success[UserView]:
        """For administrators, with a recent proof; nobody changes the own role. It counts from the next request on."""
        return Success(await change_role(actor, user_id, ROLES.get(data.role) or Role(data.role)))
