from collections.abc import Callable

from dishka import Provider, Scope, provide, provide_all
from redis.asyncio import Redis

from marketplace.adapters.redis.one_time_codes import RedisOneTimeCodes
from marketplace.adapters.redis.sign_in_guard import RedisSignInGuard
from marketplace.adapters.redis.socket_tickets import RedisSocketTickets
from marketplace.adapters.security.device_tokens import HmacDeviceTokens
from marketplace.adapters.security.known_passwords import is_known_password
from marketplace.adapters.security.mail_tokens import HmacMailTokens
from marketplace.adapters.security.passwords import BcryptPasswords
from marketplace.adapters.security.refresh_tokens import HmacRefreshTokens
from marketplace.adapters.sql.identity.letter_wishes import SqlLetterWishes
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
from marketplace.application.identity.codes import CODE_LIFE, CODE_TRIES, SendOneTimeCode, VerifyOneTimeCode
from marketplace.application.identity.letters import PublicUrl, SendLetter, SendPosted, TellPerson
from marketplace.application.identity.password_check import PasswordCheck
from marketplace.application.identity.passwords import ChangePassword, ForgetPassword, NewPassword, ResetPassword
from marketplace.application.identity.ports import (
    AccountQueries,
    DeviceTokens,
    LetterWishes,
    MailTokens,
    OneTimeCodes,
    Passwords,
    RefreshTokens,
    SessionQueries,
    Sessions,
    SignInGuard,
    SocketTickets,
    Users,
)
from marketplace.application.identity.sessions import EndSession, EndSessions, RefreshSession, StepUp
from marketplace.application.identity.sign_in import LogIn, NewSessions, SignIn
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.verification import ChangeContact, ConfirmContact, SendVerification, VerifyEmail
from marketplace.domain.identity.password import PasswordPolicy


class IdentityProvider(Provider):
    """`key` gives 32 secret bytes for each purpose; `public_url` is where people reach us."""

    scope = Scope.REQUEST

    def __init__(
        self,
        key: Callable[[str], bytes],
        *,
        bcrypt_cost: int = 12,
        composition: bool = True,
        public_url: str = "http://localhost:8000",
    ) -> None:
        super().__init__()
        self._key = key
        self._bcrypt_cost = bcrypt_cost
        self._composition = composition
        self._public_url = public_url

    @provide(scope=Scope.APP)
    def pages(self) -> PublicUrl:
        return PublicUrl(self._public_url)

    @provide(scope=Scope.APP)
    def passwords(self) -> Passwords:
        return BcryptPasswords(self._key("password-pepper"), cost=self._bcrypt_cost)

    @provide(scope=Scope.APP)
    def password_policy(self) -> PasswordPolicy:
        return PasswordPolicy(self._composition, is_known_password)

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
    wishes = provide(SqlLetterWishes, provides=LetterWishes)

    @provide(scope=Scope.APP)
    def guard(self, redis: Redis) -> SignInGuard:
        return RedisSignInGuard(redis, self._key("sign-in-guard"))

    @provide(scope=Scope.APP)
    def devices(self) -> DeviceTokens:
        return HmacDeviceTokens(self._key("device-token"))

    @provide(scope=Scope.APP)
    def mail_tokens(self) -> MailTokens:
        return HmacMailTokens(self._key("mail-token"))

    for_every_request = provide_all(TokenPairs, LiveSessions, Authenticate, RedeemSocketTicket, scope=Scope.APP)
    use_cases = provide_all(
        PasswordCheck, NewUsers, Register, CreateAccount, NewSessions, SignIn, LogIn, RefreshSession, EndSession,
        EndSessions, StepUp,
        IssueSocketTicket, SendOneTimeCode, VerifyOneTimeCode, SendLetter, SendPosted, TellPerson, ForgetPassword,
        NewPassword,
        ResetPassword, ChangePassword, VerifyEmail, SendVerification, ChangeContact, ConfirmContact,
    )  # fmt: skip
