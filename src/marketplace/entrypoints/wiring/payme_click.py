"""Payme and Click: offered where they are set up, and outside production with keys of our own."""

from collections.abc import AsyncIterator, Mapping
from typing import NewType
from urllib.parse import urlsplit

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.egress import ProviderHttp
from marketplace.adapters.gateways.click import ClickGateway
from marketplace.adapters.gateways.click_api import CLICK_API, ClickApi
from marketplace.adapters.gateways.payme import PaymeGateway
from marketplace.adapters.sql.payments.click_transactions import SqlClickTransactions
from marketplace.adapters.sql.payments.payme_transactions import SqlPaymeTransactions
from marketplace.adapters.sql.payments.provider_calls import LoggedAlarms, SqlProviderCalls
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.click import AnswerClick, ClickSteps, ConfirmCancellation
from marketplace.application.payments.click_protocol import ClickTerms
from marketplace.application.payments.payme import AnswerPayme, PaymeSteps
from marketplace.application.payments.payme_protocol import BUSY_ACCOUNT, PaymeTerms
from marketplace.application.payments.ports import Gateway
from marketplace.application.payments.provider_ports import (
    Alarms,
    ClickTransactions,
    ForgetProviderCalls,
    NoteCall,
    PaymeTransactions,
    ProviderCalls,
)
from marketplace.application.payments.reversals import TakeBack
from marketplace.application.payments.simulate import SimulateProvider
from marketplace.application.shared.ports import Clock
from marketplace.domain.payments.payment import PaymentMethod
from marketplace.entrypoints.wiring import values
from marketplace.entrypoints.wiring.payme_click_settings import PAYME_ADDRESSES, Named
from marketplace.entrypoints.wiring.settings import Settings

LocalGateways = NewType("LocalGateways", Mapping[PaymentMethod, Gateway])
"""Of Uzbekistan, by the method that they take."""
ClickHttp = NewType("ClickHttp", ProviderHttp)


def made_key(settings: Settings) -> str:
    """Ours, where nobody set one up: as long as Payme's."""
    return settings.key("payme-click").hex()[:36]


class PaymeClickProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._payme = Named("PAYME_", settings.payme)
        self._click = Named("CLICK_", settings.click)
        self._is_production = settings.is_production
        self._made_key = made_key(settings)

    @provide(scope=Scope.APP)
    def payme_terms(self) -> PaymeTerms:
        """A test key opens nothing in production: it would pay real orders with play money."""
        payme = self._payme
        keys = [payme("KEY")] if self._is_production else [payme("KEY"), payme("TEST_KEY")]
        given = tuple(key for key in keys if key)
        made = () if self._is_production else (self._made_key,)
        return PaymeTerms(
            login=payme("LOGIN", "Paycom"), keys=given or made, busy_code=int(payme("BUSY_CODE", str(BUSY_ACCOUNT))),
            networks=values.networks(payme("IPS", PAYME_ADDRESSES if self._is_production else "")),
        )  # fmt: skip

    @provide(scope=Scope.APP)
    def click_terms(self) -> ClickTerms:
        click, is_made = self._click, not self._is_production
        return ClickTerms(
            service_id=click("SERVICE_ID", "1" if is_made else ""),
            secret=click("SECRET_KEY", self._made_key if is_made else ""),
            networks=values.networks(click("IPS")), asks_back=bool(click("MERCHANT_USER_ID")),
        )  # fmt: skip

    @provide(scope=Scope.APP)
    async def click_http(self) -> AsyncIterator[ClickHttp]:
        base = urlsplit(self._click("API_BASE", CLICK_API))
        http = ClickHttp(ProviderHttp([f"{base.scheme}://{base.netloc}"]))
        yield http
        await http.close()

    @provide(scope=Scope.APP)
    def gateways(
        self, pool: Pool, clock: Clock, http: ClickHttp, payme_terms: PaymeTerms, click_terms: ClickTerms
    ) -> LocalGateways:
        payme, click = self._payme, self._click
        host = "checkout" if self._is_production else "test"
        found: dict[PaymentMethod, Gateway] = {}
        if payme_terms.keys:
            found[PaymentMethod.PAYME] = PaymeGateway(
                pool, clock, merchant_id=payme("MERCHANT_ID", "development"),
                checkout_url=payme("CHECKOUT_URL", f"https://{host}.paycom.uz"),
            )  # fmt: skip
        if click_terms.secret:
            api = ClickApi(
                http, clock, service_id=click_terms.service_id, user_id=click("MERCHANT_USER_ID"),
                secret=click_terms.secret, base=click("API_BASE", CLICK_API),
            )  # fmt: skip
            found[PaymentMethod.CLICK] = ClickGateway(
                pool, clock, api if click_terms.asks_back else None, service_id=click_terms.service_id,
                merchant_id=click("MERCHANT_ID", "1"), pay_url=click("PAY_URL", "https://my.click.uz/services/pay"),
            )  # fmt: skip
        return LocalGateways(found)

    payme = provide(SqlPaymeTransactions, provides=PaymeTransactions)
    click = provide(SqlClickTransactions, provides=ClickTransactions)
    calls = provide(SqlProviderCalls, provides=ProviderCalls)
    alarms = provide(LoggedAlarms, provides=Alarms)
    use_cases = provide_all(
        TakeBack, PaymeSteps, AnswerPayme, ClickSteps, AnswerClick, ConfirmCancellation, NoteCall,
        ForgetProviderCalls, SimulateProvider,
    )  # fmt: skip
