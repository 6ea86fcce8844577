from datetime import datetime
from uuid import UUID

from marketplace.application.catalog.moderation_ports import ModerationItems
from marketplace.application.reviews.ports import ModerationDesk
from marketplace.domain.catalog.moderation import ModerationItemId
from marketplace.domain.reviews.exchange import ReviewId


class ModerationDeskOfCatalog(ModerationDesk):
    def __init__(self, items: ModerationItems) -> None:
        self._items = items

    async def put(self, review_id: ReviewId, item_id: UUID, now: datetime) -> UUID:
        return await self._items.report_feedback(ModerationItemId(item_id), review_id, now)
