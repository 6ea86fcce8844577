"""What payment providers told us, at the operator's hand."""

from marketplace.application.payments.inbox import ReplayProviderEvents
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings


async def replay_provider_events(settings: Settings) -> int:
    """How many will be applied again."""
    container = build(settings, pool_size=1)
    try:
        async with container() as scope:
            return await (await scope.get(ReplayProviderEvents))()
    finally:
        await container.close()
