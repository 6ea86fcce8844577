"""What follows from an agreement for the lot it is delivered from, and for the proof of how it came about."""

from dishka import AsyncContainer

from marketplace.application.trading.provenance import KeepAgreement
from marketplace.domain.trading.offer import OfferAccepted
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.on(OfferAccepted, "provenance.offer_accepted")
    async def keep_agreement(scope: AsyncContainer, event: OfferAccepted) -> None:
        await (await scope.get(KeepAgreement))(event.order_id)
