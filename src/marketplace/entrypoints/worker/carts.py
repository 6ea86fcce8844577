from dishka import AsyncContainer

from marketplace.application.ordering.carts import ForgetCart
from marketplace.domain.identity.user import UserDeleted
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.on(UserDeleted, "ordering.user_deleted")
    async def forget_cart(scope: AsyncContainer, event: UserDeleted) -> None:
        await (await scope.get(ForgetCart))(event.user_id)
