from collections.abc import Callable

from dishka import AnyOf, Provider, Scope, provide, provide_all
from redis.asyncio import Redis

from marketplace.adapters.mail.outbox import OutboxMailer
from marketplace.adapters.mail.unconfigured import UnconfiguredMailer
from marketplace.adapters.redis.one_time_codes import RedisOneTimeCodes
from marketplace.adapters.redis.socket_tickets import RedisSocketTickets
from marketplace.adapters.security.passwords import BcryptPasswords
from marketplace.adapters.security.refresh_tokens import HmacRefreshTokens
from marketplace.adapters.sql.identity.code_requests import SqlCodeRequests
from marketplace.adapters.sql.identity.queries import SqlAccountQueries, SqlSessionQueries
from marketplace.adapters.sql.identity.sessions import SqlSessions
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.application.identity.accounts import CreateAccount, NewUsers, Register
from marketplace.application.identity.authenticate import (
    Authenticate,
    IssueSocketTicket,
    LiveSessions,
    RedeemSocketTicket,
)
from marketplace.application.identity.codes import (
    CODE_LIFE,
    CODE_TRIES,
    DeliverOneTimeCode,
    SendOneTimeCode,
    VerifyOneTimeCode,
)
from marketplace.application.identity.ports import (
    AccountQueries,
    CodeRequests,
    Mailer,
    OneTimeCodes,
    Outbox,
    Passwords,
    RefreshTokens,
    SessionQueries,
    Sessions,
    SocketTickets,
    Users,
)
from marketplace.application.identity.sessions import LogIn, LogOut, RefreshSession
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.password import PasswordPolicy


class IdentityProvider(Provider):
    """`key` gives 32 secret bytes for each purpose; a development build keeps its mail instead of sending it."""

    scope = Scope.REQUEST

    def __init__(
        self,
        key: Callable[[str], bytes],
        *,
        development: bool,
        bcrypt_cost: int = 12,
        password_policy: PasswordPolicy | None = None,
    ) -> None:
        super().__init__()
        self._key = key
        self._bcrypt_cost = bcrypt_cost
        self._password_policy = password_policy or PasswordPolicy()
        self.provide(self.outbox if development else self.no_mail, scope=Scope.APP)

    def outbox(self, redis: Redis, clock: Clock) -> AnyOf[Mailer, Outbox]:
        return OutboxMailer(redis, clock)

    def no_mail(self) -> Mailer:
        return UnconfiguredMailer()

    @provide(scope=Scope.APP)
    def passwords(self) -> Passwords:
        return BcryptPasswords(self._key("password-pepper"), cost=self._bcrypt_cost)

    @provide(scope=Scope.APP)
    def password_policy(self) -> PasswordPolicy:
        return self._password_policy

    @provide(scope=Scope.APP)
    def refresh_tokens(self) -> RefreshTokens:
        return HmacRefreshTokens(self._key("refresh-token"))

    @provide(scope=Scope.APP)
    def codes(self, redis: Redis) -> OneTimeCodes:
        return RedisOneTimeCodes(redis, self._key("one-time-code"), life=CODE_LIFE, tries=CODE_TRIES)

    tickets = provide(RedisSocketTickets, provides=SocketTickets, scope=Scope.APP)
    account_queries = provide(SqlAccountQueries, provides=AccountQueries, scope=Scope.APP)
    session_queries = provide(SqlSessionQueries, provides=SessionQueries, scope=Scope.APP)
    users = provide(SqlUsers, provides=Users)
    sessions = provide(SqlSessions, provides=Sessions)
    code_requests = provide(SqlCodeRequests, provides=CodeRequests)
    for_every_request = provide_all(TokenPairs, LiveSessions, Authenticate, RedeemSocketTicket, scope=Scope.APP)
    use_cases = provide_all(
        NewUsers, Register, CreateAccount, LogIn, RefreshSession, LogOut, IssueSocketTicket, SendOneTimeCode,
        DeliverOneTimeCode, VerifyOneTimeCode,
    )  # fmt: skip
