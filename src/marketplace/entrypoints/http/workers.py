from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.identity.people_ports import WorkerQueries
from marketplace.application.identity.people_views import WorkerView
from marketplace.application.identity.workers import DescribeWork, Work
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.entrypoints.http.catalog import PUBLIC
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip

Skill = Annotated[str, Meta(min_length=1, max_length=40)]

YesOrNo = Annotated[
    str | None, Parameter(pattern="^(true|false)$", description="`true`: who takes work now; `false`: who does not.")
]
"""Not a bool, as which Litestar would take `null` too."""


class WorkDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What you offer to do. Without an `hourly_rate` the price is agreed upon."""

    headline: Annotated[str, Meta(min_length=3, max_length=120, examples=["Electrician, 12 years in Tashkent"])]
    bio: Annotated[str, Meta(max_length=2_000, examples=["Wiring, lighting, and fuse boxes."])] = ""
    skills: Annotated[list[Skill], Meta(max_length=20, examples=[["wiring", "lighting"]])] = []
    hourly_rate: Annotated[Amount, Meta(description="At most the currency's decimals.", examples=[90.00])] | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["AED"])] = "AED"
    is_available: Annotated[bool, Meta(examples=[True])] = True

    def work(self) -> Work:
        rate = self.hourly_rate
        return Work(
            headline=self.headline, bio=self.bio, skills=tuple(self.skills), is_available=self.is_available,
            hourly_rate=None if rate is None else Money.price(rate, self.currency, field="hourly_rate"),
        )  # fmt: skip


class WorkersController(Controller):
    path = "/api/v1/workers"
    tags = ("Workers",)

    @get(summary="Find workers", cache_control=PUBLIC)
    @inject
    async def workers(
        self,
        workers: FromDishka[WorkerQueries],
        cursors: FromDishka[Cursors],
        q: Annotated[str | None, Parameter(min_length=3, max_length=100, description="In headline and bio.")] = None,
        skill: Annotated[str | None, Parameter(min_length=1, max_length=40, description="One skill, whole.")] = None,
        available: YesOrNo = None,
        page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[WorkerView]]:
        """Sellers who have said what they do, the youngest account first."""
        after = UserId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        takes_work = None if available is None else available == "true"
        found = await workers.workers(text=q, skill=skill, available=takes_work, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/{worker_id:uuid}", summary="Read a worker's profile", cache_control=PUBLIC)
    @inject
    async def worker(self, worker_id: FromPath[UserId], workers: FromDishka[WorkerQueries]) -> Success[WorkerView]:
        """By the id of the user."""
        return Success(await workers.worker(worker_id))

    @put("/me", summary="Say what you do", security=BEARER)
    @inject
    async def describe(
        self, data: JSONBody[WorkDescription], actor: FromDishka[Actor], describe: FromDishka[DescribeWork]
    ) -> Success[WorkerView]:
        """For sellers. Replaces what was said before, and shows you among the workers."""
        return Success(await describe(actor, data.work()))
