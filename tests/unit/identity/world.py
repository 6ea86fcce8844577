"""The use cases of the identity context on fakes."""

from marketplace.adapters.security.access_tokens import JwtAccessTokens
from marketplace.adapters.security.api_keys import HmacApiKeyTexts
from marketplace.adapters.security.refresh_tokens import HmacRefreshTokens
from marketplace.application.identity.accounts import CreateAccount, NewUsers, Register
from marketplace.application.identity.api_keys import CreateApiKey, DeleteApiKey, LiveApiKeys
from marketplace.application.identity.authenticate import (
    Authenticate,
    IssueSocketTicket,
    LiveSessions,
    RedeemSocketTicket,
)
from marketplace.application.identity.codes import DeliverOneTimeCode, SendOneTimeCode, VerifyOneTimeCode
from marketplace.application.identity.ports import CodeChannel
from marketplace.application.identity.sessions import LogIn, LogOut, RefreshSession
from marketplace.application.identity.tokens import TokenPairs
from marketplace.domain.identity.password import PasswordPolicy
from tests.builders.identity import NOON
from tests.builders.keys import a_key_ring
from tests.fakes.identity import (
    MemoryCodeRequests,
    MemoryCodes,
    MemoryIdentity,
    MemoryMailer,
    MemoryQueries,
    MemorySessions,
    MemoryTickets,
    MemoryUsers,
    PlainPasswords,
    RandomIds,
)
from tests.fakes.keys import MemoryApiKeys
from tests.fakes.world import FixedClock


class World:
    def __init__(self) -> None:
        self.clock = clock = FixedClock(NOON)
        self.store = store = MemoryIdentity()
        self.passwords = PlainPasswords()
        self.mailer = MemoryMailer(clock)
        self.api_keys, self.api_key_texts = MemoryApiKeys(store), HmacApiKeyTexts(b"k" * 32)
        self.create_api_key = CreateApiKey(
            self.api_keys, self.api_key_texts, MemoryUsers(store), store, RandomIds(), clock
        )
        self.delete_api_key = DeleteApiKey(self.api_keys, store, clock)
        self.access_tokens = JwtAccessTokens(a_key_ring(), issuer="test")
        ids, users, sessions, queries = RandomIds(), MemoryUsers(store), MemorySessions(store), MemoryQueries(store)
        codes, tickets, refresh_tokens = MemoryCodes(clock), MemoryTickets(clock), HmacRefreshTokens(b"r" * 32)
        pairs = TokenPairs(self.access_tokens, refresh_tokens)
        new_users = NewUsers(self.passwords, PasswordPolicy(), ids, clock)
        live = LiveSessions(queries, clock)
        self.register = Register(new_users, users, sessions, store, pairs, ids)
        self.create_account = CreateAccount(new_users, users, store)
        self.log_in = LogIn(queries, self.passwords, users, sessions, store, pairs, ids, clock)
        self.refresh = RefreshSession(refresh_tokens, queries, sessions, store, pairs, clock)
        self.log_out = LogOut(sessions, store, clock)
        self.authenticate = Authenticate(
            self.access_tokens, live, clock, LiveApiKeys(self.api_key_texts, self.api_keys, clock)
        )
        self.issue_ticket = IssueSocketTicket(tickets)
        self.redeem_ticket = RedeemSocketTicket(tickets, live)
        self.send_code = SendOneTimeCode(MemoryCodeRequests(store), store)
        self.deliver_code = DeliverOneTimeCode(queries, codes, self.mailer)
        self.verify_code = VerifyOneTimeCode(queries, codes, users, store, clock)

    async def code_mailed_to(self, identifier: str) -> str:
        """Ask for a code and do what the worker does; the code out of the mail, empty if none was sent."""
        already = len(self.mailer.sent)
        await self.send_code(identifier, CodeChannel.EMAIL)
        while self.store.code_requests:
            await self.deliver_code(self.store.code_requests.pop())
        return self.mailer.sent[-1].subject[:6] if len(self.mailer.sent) > already else ""
