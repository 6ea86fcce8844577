from marketplace.application.social.ports import People
from marketplace.application.trading.tested_lot_ports import Recipients
from marketplace.domain.shared.ids import UserId


class RecipientsOfIdentity(Recipients):
    def __init__(self, people: People) -> None:
        self._people = people

    async def is_active(self, user_id: UserId) -> bool:
        return await self._people.is_active(user_id)
