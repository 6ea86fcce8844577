from dataclasses import dataclass

from marketplace.application.identity.ports import Sessions, Users
from marketplace.application.identity.ports_factors import SignIns
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.session import Session
from marketplace.domain.shared.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class SessionSignIns(SignIns):
    """Sessions do not remember yet how they were started: `methods` leaves no trace."""

    users: Users
    sessions: Sessions
    transaction: Transaction
    token_pairs: TokenPairs
    ids: Ids
    clock: Clock

    async def start(self, user_id: UserId, methods: tuple[str, ...]) -> SignedInView:
        now = self.clock.now()
        session = Session.start(SessionId(self.ids.new()), user_id, now)
        async with self.transaction:
            user = await self.users.get(user_id)
            user.log_in(user.password_hash, now)
            await self.users.save(user)
            await self.sessions.add(session)
        return self.token_pairs.signed_in(user, session, now)
