from datetime import datetime

from marketplace.application.identity.ports import SessionQueries
from marketplace.application.shared.links import Holder, InvalidLink, LinkHolders


class LinkHoldersOfIdentity(LinkHolders):
    def __init__(self, sessions: SessionQueries) -> None:
        self._sessions = sessions

    async def require_live(self, holder: Holder, now: datetime) -> None:
        live = await self._sessions.live(holder.session, now)
        if live is None or live.user != holder.user:
            raise InvalidLink
