"""People as others find, follow and block them; one's profile is in users.py."""

from typing import Annotated

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post
from litestar.params import FromPath, Parameter

from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.social.ports import PeopleQueries
from marketplace.application.social.relations import BlockPerson, FollowPerson, UnblockPerson, UnfollowPerson
from marketplace.application.social.views import BlockView, FollowView, PersonView
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.entrypoints.http.catalog import PUBLIC
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

SearchText = Annotated[
    str, Parameter(min_length=1, max_length=100, description="The beginning of a name, or something like it.")
]
FoundPage = Annotated[int, Parameter(ge=1, le=200, description="Which page of the 200 best, counted from 1.")]


class PeopleController(Controller):
    path = "/api/v1/users"
    tags = ("People",)

    @get(summary="List people", security=BEARER)
    @inject
    async def newest(
        self,
        actor: FromDishka[Actor],
        people: FromDishka[PeopleQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[PersonView]]:
        """Everybody with an active account, the youngest account first."""
        after, skip = _from(cursors, cursor, page, per_page)
        found = await people.newest(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/search", summary="Search for people", security=BEARER)
    @inject
    async def search(
        self,
        actor: FromDishka[Actor],
        people: FromDishka[PeopleQueries],
        q: SearchText,
        page: FoundPage = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
    ) -> Success[Page[PersonView]]:
        """By username and full name, whatever their accents; the most alike first, 200 in all.

        Who has blocked the caller, or is blocked, is not among them.
        """
        found = await people.search(actor, q, skip=(page - 1) * per_page, limit=per_page)
        return Success(Page(found.items, page, per_page, found.total, found.has_more))

    @get("/me/blocks", summary="Whom you have blocked", security=BEARER)
    @inject
    async def blocks(
        self,
        actor: FromDishka[Actor],
        people: FromDishka[PeopleQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[PersonView]]:
        """For your eyes only; the youngest account first."""
        after, skip = _from(cursors, cursor, page, per_page)
        found = await people.blocked(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/{user_id:uuid}/followers", summary="Who follows a person", cache_control=PUBLIC)
    @inject
    async def followers(
        self,
        user_id: FromPath[UserId],
        people: FromDishka[PeopleQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[PersonView]]:
        """The youngest account first. Suspended followers count, and are not shown."""
        after, skip = _from(cursors, cursor, page, per_page)
        found = await people.followers(user_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/{user_id:uuid}/following", summary="Whom a person follows", cache_control=PUBLIC)
    @inject
    async def following(
        self,
        user_id: FromPath[UserId],
        people: FromDishka[PeopleQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[PersonView]]:
        """The youngest account first."""
        after, skip = _from(cursors, cursor, page, per_page)
        found = await people.following(user_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/{user_id:uuid}/products", summary="What a person has for sale", cache_control=PUBLIC)
    @inject
    async def products(
        self,
        user_id: FromPath[UserId],
        people: FromDishka[PeopleQueries],
        products: FromDishka[ProductQueries],
        cursors: FromDishka[Cursors],
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[ProductView]]:
        """Newest first."""
        await people.person(user_id)
        after, skip = _from(cursors, cursor, page, per_page)
        after_product = ListingId(after) if after else None
        found = await products.of_seller(user_id, after=after_product, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("/{user_id:uuid}/follow", summary="Follow a person", security=BEARER)
    @inject
    async def follow(
        self, user_id: FromPath[UserId], actor: FromDishka[Actor], follow: FromDishka[FollowPerson]
    ) -> Success[FollowView]:
        """Who has blocked you, or whom you have blocked, is not found. Following twice changes nothing."""
        return Success(await follow(actor, user_id))

    @delete("/{user_id:uuid}/follow", summary="Unfollow a person", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def unfollow(
        self, user_id: FromPath[UserId], actor: FromDishka[Actor], unfollow: FromDishka[UnfollowPerson]
    ) -> None:
        """Done also where you did not follow them."""
        await unfollow(actor, user_id)

    @post("/{user_id:uuid}/block", summary="Block a person", security=BEARER)
    @inject
    async def block(
        self, user_id: FromPath[UserId], actor: FromDishka[Actor], block: FromDishka[BlockPerson]
    ) -> Success[BlockView]:
        """Neither follows, finds nor makes offers to the other any more. They are not told."""
        return Success(await block(actor, user_id))

    @delete("/{user_id:uuid}/block", summary="Unblock a person", opt=NOT_REPEATABLE, security=BEARER)
    @inject
    async def unblock(
        self, user_id: FromPath[UserId], actor: FromDishka[Actor], unblock: FromDishka[UnblockPerson]
    ) -> None:
        """Done also where you had not blocked them."""
        await unblock(actor, user_id)


def _from(cursors: Cursors, cursor: str | None, page: int, per_page: int) -> tuple[UserId | None, int]:
    """After whom the page begins, or how many to skip."""
    if cursor:
        return UserId(cursors.decode(cursor)), 0
    return None, rows_to_skip(page, per_page)
