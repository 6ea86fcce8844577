"""Pushes: to browsers always, by Firebase where FCM_CREDENTIALS are set."""

from collections.abc import AsyncIterator

from dishka import AnyOf, Provider, Scope, provide, provide_all

from marketplace.adapters.egress import ProviderHttp, PublicHttp
from marketplace.adapters.push.fcm import FCM, Fcm
from marketplace.adapters.push.google import GoogleTokens
from marketplace.adapters.push.vapid import Vapid
from marketplace.adapters.push.web_push import WebPush
from marketplace.adapters.security.push_addresses import SealedPushAddresses
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.notifications.push_tokens import SqlPushTokenQueries, SqlPushTokens
from marketplace.adapters.sql.notifications.pushes import SqlDevicePushes, SqlPushes
from marketplace.application.notifications.push import Pushes
from marketplace.application.notifications.push_tokens import (
    ForgetPushTokens,
    PushAddresses,
    PushSetup,
    PushTokenQueries,
    PushTokens,
    RegisterPushToken,
    RemovePushToken,
)
from marketplace.application.notifications.send_push import DevicePushes, PushGateways, SendPush, SendToDevice
from marketplace.application.shared.ports import Clock
from marketplace.entrypoints.wiring.push_settings import push_services, service_account, vapid_key, vapid_subject
from marketplace.entrypoints.wiring.settings import Settings

WITHIN, LARGEST = 5.0, 65_536
"""Seconds and bytes of an exchange with a push service."""


class PushProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._account = service_account(settings.push)

    @provide(scope=Scope.APP)
    def vapid(self, clock: Clock) -> Vapid:
        settings = self._settings
        key = vapid_key(settings.push, settings.key("vapid"))
        return Vapid(key, vapid_subject(settings.push, settings.email_from), clock)

    @provide(scope=Scope.APP)
    def setup(self, vapid: Vapid) -> PushSetup:
        return PushSetup(vapid.public_key, self._account is not None, push_services(self._settings.push))

    @provide(scope=Scope.APP)
    def sealed_addresses(self) -> SealedPushAddresses:
        return SealedPushAddresses(
            Vault([self._settings.key("push-addresses")]), self._settings.key("push-address-prints")
        )

    @provide(scope=Scope.APP)
    async def gateways(self, vapid: Vapid, clock: Clock) -> AsyncIterator[PushGateways]:
        anywhere = PublicHttp(within=WITHIN, largest=LARGEST)
        web = WebPush(anywhere, vapid, clock)
        if self._account is None:
            yield PushGateways(web, None)
        else:
            google = ProviderHttp([FCM, self._account.token_uri], within=WITHIN, largest=LARGEST)
            yield PushGateways(web, Fcm(google, GoogleTokens(google, self._account, clock), clock))
            await google.close()
        await anywhere.close()

    queries = provide(SqlPushTokenQueries, provides=AnyOf[PushTokenQueries, PushAddresses], scope=Scope.APP)
    tokens = provide(SqlPushTokens, provides=PushTokens)
    pushes = provide(SqlPushes, provides=Pushes)
    device_pushes = provide(SqlDevicePushes, provides=DevicePushes)
    use_cases = provide_all(RegisterPushToken, RemovePushToken, ForgetPushTokens, SendPush, SendToDevice)
