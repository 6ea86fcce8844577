from typing import Annotated

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.params import Parameter

from marketplace.application.notifications.ports import UserEventQueries
from marketplace.application.notifications.views import EventPage
from marketplace.application.shared.actor import Actor
from marketplace.entrypoints.http.messages import Success

After = Annotated[int, Parameter(ge=0, le=2**63 - 1, description="The last number the client has.")]
Limit = Annotated[int, Parameter(ge=1, le=500)]


class SyncController(Controller):
    path = "/api/v1/sync"
    tags = ("Sync",)
    security = [{"bearer": []}]  # noqa: RUF012 - Litestar reads it from the class

    @get("/events", summary="What the caller missed, in order")
    @inject
    async def events(
        self,
        actor: FromDishka[Actor],
        queries: FromDishka[UserEventQueries],
        after: After = 0,
        limit: Limit = 100,
    ) -> Success[EventPage]:
        """What the sockets told, or would have: numbered without gaps, oldest first."""
        return Success(await queries.missed(actor, after, limit))
