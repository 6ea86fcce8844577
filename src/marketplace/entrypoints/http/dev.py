from typing import Annotated

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.datastructures import CacheControlHeader
from litestar.params import Parameter

from marketplace.application.shared.messages import Outbox, OutboxMessageView
from marketplace.entrypoints.http.messages import Success

Address = Annotated[
    str,
    Parameter(
        min_length=1,
        max_length=254,
        description="The e-mail address or phone number (+998901234567) whose messages to show.",
    ),
]


class DevController(Controller):
    """Routed in development only."""

    path = "/dev"
    tags = ("Development",)
    cache_control = CacheControlHeader(no_store=True)

    @get("/outbox", summary="Read the development outbox")
    @inject
    async def outbox(self, outbox: FromDishka[Outbox], to: Address) -> Success[list[OutboxMessageView]]:
        """E-mails and text messages that were kept instead of sent, newest first: the last 50 of 24 hours."""
        return Success(await outbox.messages(to.replace(" ", "+")))  # what a "+" that was not encoded arrives as
