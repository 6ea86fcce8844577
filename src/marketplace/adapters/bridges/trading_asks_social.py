from marketplace.application.social.ports import Relations
from marketplace.application.trading.ports import Blocks
from marketplace.domain.shared.ids import UserId


class BlocksOfSocial(Blocks):
    def __init__(self, relations: Relations) -> None:
        self._relations = relations

    async def between(self, one: UserId, other: UserId) -> bool:
        return await self._relations.blocked_between(one, other)
