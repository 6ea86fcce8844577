"""The use cases of the identity context on fakes."""

from marketplace.adapters.security.access_tokens import JwtAccessTokens
from marketplace.adapters.security.api_keys import HmacApiKeyTexts
from marketplace.adapters.security.known_passwords import is_known_password
from marketplace.adapters.security.mail_tokens import HmacMailTokens
from marketplace.adapters.security.refresh_tokens import HmacRefreshTokens
from marketplace.application.identity.accounts import CreateAccount, NewUsers, Register
from marketplace.application.identity.api_keys import CreateApiKey, DeleteApiKey, LiveApiKeys
from marketplace.application.identity.authenticate import (
    Authenticate,
    IssueSocketTicket,
    LiveSessions,
    RedeemSocketTicket,
)
from marketplace.application.identity.codes import SendOneTimeCode, VerifyOneTimeCode
from marketplace.application.identity.letters import PublicUrl, SendLetter
from marketplace.application.identity.password_check import PasswordCheck
from marketplace.application.identity.passwords import ChangePassword, ForgetPassword, NewPassword, ResetPassword
from marketplace.application.identity.sessions import EndSession, EndSessions, RefreshSession, StepUp
from marketplace.application.identity.sign_in import LogIn, NewSessions, PasswordSignIn, SignIn
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.verification import ChangeContact, ConfirmContact, SendVerification, VerifyEmail
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.limits import Limit, RateWindow
from marketplace.application.shared.messages import MessageChannel
from marketplace.domain.identity.password import PasswordPolicy
from tests.builders.identity import NOON, PASSWORD
from tests.builders.keys import a_key_ring
from tests.fakes.audit import MemoryAuditTrail
from tests.fakes.identity import (
    MemoryCodes,
    MemoryDevices,
    MemoryFactors,
    MemoryIdentity,
    MemoryLetterWishes,
    MemoryQueries,
    MemorySessions,
    MemorySignInGuard,
    MemoryTickets,
    MemoryUsers,
    PlainPasswords,
    RandomIds,
)
from tests.fakes.keys import MemoryApiKeys
from tests.fakes.limits import MemoryRateLimits
from tests.fakes.messages import PostOffice
from tests.fakes.world import FixedClock


class World:
    """`at(address)` is the same world as seen by another caller."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOON)
        self.store = MemoryIdentity()
        self.passwords = PlainPasswords()
        self.post = PostOffice(self.clock)
        self.mailer = self.post.mailer
        self.access_tokens = JwtAccessTokens(a_key_ring(), issuer="test")
        self.api_keys, self.api_key_texts = MemoryApiKeys(self.store), HmacApiKeyTexts(b"k" * 32)
        self.rules = dict.fromkeys(Limit, (RateWindow(1_000_000, 86_400),))
        self.limits, self.factors = MemoryRateLimits(self.rules, self.clock), MemoryFactors()
        self.audit = MemoryAuditTrail(lambda: self.store.audited)
        self.guard, self.devices, self.codes = MemorySignInGuard(self.clock), MemoryDevices(), MemoryCodes(self.clock)
        self.tickets = MemoryTickets(self.clock)
        self.call_from("192.0.2.1")

    def call_from(self, address: str, device: str = "a browser", language: str = "en") -> None:
        store, clock, limits, audit = self.store, self.clock, self.limits, self.audit
        passwords, guard, devices, factors, codes = self.passwords, self.guard, self.devices, self.factors, self.codes
        caller, ids = Caller(address, device, language), RandomIds()
        users, sessions, queries = MemoryUsers(store), MemorySessions(store), MemoryQueries(store)
        wishes, refresh_tokens, mail_tokens = (
            MemoryLetterWishes(store),
            HmacRefreshTokens(b"r" * 32),
            HmacMailTokens(b"m" * 32),
        )
        pairs = TokenPairs(self.access_tokens, refresh_tokens)
        policy = PasswordPolicy(is_known=is_known_password)
        check_password = PasswordCheck(passwords, guard)
        new_users = NewUsers(passwords, policy, ids, clock)
        live = LiveSessions(queries, clock)
        new_sessions = NewSessions(sessions, pairs, devices, audit, caller, ids, clock)
        new_password = NewPassword(policy, passwords, users, sessions, guard, store, clock)
        self.queries = queries
        self.create_api_key = CreateApiKey(self.api_keys, self.api_key_texts, users, store, ids, clock)
        self.delete_api_key = DeleteApiKey(self.api_keys, store, clock)
        self.register = Register(new_users, users, new_sessions, limits, wishes, store, caller)
        self.create_account = CreateAccount(new_users, users, store)
        self.sign_in = SignIn(users, new_sessions, store, clock)
        self.log_in_with = LogIn(
            queries, check_password, guard, devices, limits, factors, users, new_sessions, wishes, store, audit, caller,
            clock,
        )  # fmt: skip
        self.refresh = RefreshSession(refresh_tokens, queries, sessions, store, pairs, audit, clock)
        self.end_session = EndSession(sessions, store, audit, clock)
        self.end_sessions = EndSessions(sessions, store, audit, clock)
        self.step_up = StepUp(
            queries, check_password, limits, factors, sessions, store, audit, caller, clock
        )  # fmt: skip
        self.authenticate = Authenticate(
            self.access_tokens, live, clock, LiveApiKeys(self.api_key_texts, self.api_keys, clock)
        )  # fmt: skip
        self.issue_ticket = IssueSocketTicket(self.tickets)
        self.redeem_ticket = RedeemSocketTicket(self.tickets, live)
        self.send_code = SendOneTimeCode(limits, wishes, store, caller)
        self.send_letter = SendLetter(
            queries, codes, mail_tokens, self.post.courier, PublicUrl("https://market.example"), ids, clock
        )  # fmt: skip
        self.verify_code = VerifyOneTimeCode(queries, codes, users, store, clock)
        self.forget_password = ForgetPassword(limits, wishes, store, caller)
        self.reset_password = ResetPassword(queries, mail_tokens, new_password, clock)
        self.change_password = ChangePassword(queries, check_password, limits, new_password)
        self.verify_email = VerifyEmail(queries, mail_tokens, users, store, clock)
        self.send_verification = SendVerification(queries, limits, wishes, store, caller)
        self.change_contact = ChangeContact(limits, wishes, store, caller, clock)
        self.confirm_contact = ConfirmContact(codes, users, sessions, store, clock)

    def allow(self, limit: Limit, calls: int) -> None:
        """A day."""
        self.rules[limit] = (RateWindow(calls, 86_400),)

    async def log_in(self, identifier: str, password: str = PASSWORD, device_token: str = "") -> SignedInView:
        return await self.log_in_with(PasswordSignIn(identifier, password, device_token=device_token))

    async def work(self) -> None:
        """Do what the worker does about wishes for letters."""
        while self.store.wishes:
            await self.send_letter(self.store.wishes.pop(0))

    async def code_mailed_to(self, identifier: str) -> str:
        """Ask for a code; the code out of the mail, empty if none was sent."""
        await self.work()
        already = len(self.mailer.sent)
        await self.send_code(identifier, MessageChannel.EMAIL)
        await self.work()
        return self.mailer.sent[-1].subject[:6] if len(self.mailer.sent) > already else ""
