"""Stripe where it is set up, what providers tell us, and saved methods of payment."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from dishka import AnyOf, Provider, Scope, provide, provide_all

from marketplace.adapters.egress import ProviderHttp
from marketplace.adapters.gateways.simulated_methods import SimulatedMethods
from marketplace.adapters.security.payment_tokens import SealedPaymentTokens
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.payments.provider_events import SqlProviderEvents
from marketplace.adapters.sql.payments.saved_methods import SqlSavedMethodQueries, SqlSavedMethodsByUser
from marketplace.adapters.sql.payments.stripe_intents import StripeIntents
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.inbox import (
    ApplyProviderEvent,
    ForgetProviderEvents,
    ProviderEvents,
    ProviderWebhooks,
    ReceiveProviderEvent,
    ReplayProviderEvents,
    WebhooksOfProviders,
)
from marketplace.application.payments.methods import (
    AddSavedMethod,
    ChooseMeans,
    MakeMethodDefault,
    MethodKeeper,
    MethodKeepers,
    PaymentTokens,
    RemoveSavedMethod,
    SavedMethodQueries,
    SavedMethodsByUser,
    SavedMethodTokens,
)
from marketplace.application.payments.ports import Gateway, PayoutGateway
from marketplace.domain.payments.payment import PaymentMethod
from marketplace.domain.payments.payout_account import PayoutAccountKind
from marketplace.entrypoints.wiring.stripe_settings import BASE, KEY, webhook_secrets
from marketplace.entrypoints.wiring.values import Secret

PROVIDER = "stripe"


@dataclass(frozen=True, slots=True)
class StripeSide:
    """What Stripe adds to the payment providers; nothing where it is not set up."""

    methods: Mapping[PaymentMethod, str] = field(default_factory=dict)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    keepers: Mapping[str, MethodKeeper] = field(default_factory=dict)
    webhooks: Mapping[str, ProviderWebhooks] = field(default_factory=dict)
    payout_kinds: Mapping[PayoutAccountKind, str] = field(default_factory=dict)
    payout_gateways: Mapping[str, PayoutGateway] = field(default_factory=dict)


class StripeProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, stripe: Mapping[str, Secret], key: Callable[[str], bytes], *, simulates: bool) -> None:
        """`stripe`: the settings by full name. `key`: 32 bytes for a purpose."""
        super().__init__()
        self._settings = stripe
        self._key = key
        self._simulates = simulates

    @provide(scope=Scope.APP)
    async def stripe(self, pool: Pool) -> AsyncIterator[StripeSide]:
        if KEY not in self._settings:
            yield StripeSide()
            return
        # The SDK takes a third of a second to load: only who uses it pays.
        from marketplace.adapters.gateways.stripe import StripeGateway
        from marketplace.adapters.gateways.stripe_client import LARGEST, STRIPE, WITHIN, StripeHttp, stripe_client
        from marketplace.adapters.gateways.stripe_methods import StripeMethods
        from marketplace.adapters.gateways.stripe_webhooks import StripeWebhooks

        base = self._settings[BASE].reveal().rstrip("/") if BASE in self._settings else STRIPE
        http = ProviderHttp([base], within=WITHIN, largest=LARGEST)
        client, intents = stripe_client(self._settings[KEY].reveal(), StripeHttp(http), base=base), StripeIntents(pool)
        gateway = StripeGateway(client, intents)
        yield StripeSide(
            methods={PaymentMethod.STRIPE: PROVIDER},
            gateways={PROVIDER: gateway},
            keepers={PROVIDER: StripeMethods(client)},
            webhooks={PROVIDER: StripeWebhooks(client, webhook_secrets(self._settings), intents)},
            payout_kinds={PayoutAccountKind.STRIPE_ACCOUNT: PROVIDER},
            payout_gateways={PROVIDER: gateway},
        )
        await http.close()

    @provide(scope=Scope.APP)
    def keepers(self, stripe: StripeSide) -> MethodKeepers:
        return MethodKeepers({**({"simulator": SimulatedMethods()} if self._simulates else {}), **stripe.keepers})

    @provide(scope=Scope.APP)
    def webhooks(self, stripe: StripeSide) -> WebhooksOfProviders:
        return WebhooksOfProviders(stripe.webhooks)

    @provide(scope=Scope.APP)
    def tokens(self) -> PaymentTokens:
        return SealedPaymentTokens(Vault([self._key("payment-tokens")]), self._key("payment-token-prints"))

    @provide
    def events(self, transaction: SqlTransaction) -> ProviderEvents:
        return SqlProviderEvents(transaction, Vault([self._key("provider-events")]))

    saved = provide(SqlSavedMethodsByUser, provides=SavedMethodsByUser)
    queries = provide(SqlSavedMethodQueries, provides=AnyOf[SavedMethodQueries, SavedMethodTokens], scope=Scope.APP)
    of_methods = provide_all(AddSavedMethod, MakeMethodDefault, RemoveSavedMethod, ChooseMeans)
    of_events = provide_all(ReceiveProviderEvent, ApplyProviderEvent, ReplayProviderEvents, ForgetProviderEvents)
