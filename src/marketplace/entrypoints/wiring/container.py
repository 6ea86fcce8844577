"""Everything wired: one container for the HTTP process and the worker alike."""

from dishka import STRICT_VALIDATION, AsyncContainer, Provider, Scope, make_async_container, provide
from dishka.integrations.litestar import LitestarProvider

from marketplace.adapters.health import EngineHealthChecks
from marketplace.adapters.sql.job_queue import JobQueue
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.payments import PaymentTerms
from marketplace.application.shared.health import HealthChecks
from marketplace.entrypoints.http.auth import HttpActorProvider
from marketplace.entrypoints.http.caller import CallerProvider
from marketplace.entrypoints.http.paging import Cursors
from marketplace.entrypoints.http.readiness import Readiness
from marketplace.entrypoints.wiring.attachments import AttachmentsProvider
from marketplace.entrypoints.wiring.audit import AuditProvider
from marketplace.entrypoints.wiring.books import BooksProvider
from marketplace.entrypoints.wiring.calls import CallsProvider
from marketplace.entrypoints.wiring.checkout import CheckoutProvider
from marketplace.entrypoints.wiring.commerce import (
    CatalogProvider,
    InventoryProvider,
    OrderingProvider,
    PaymentsProvider,
    TradingProvider,
)
from marketplace.entrypoints.wiring.desk import DeskProvider
from marketplace.entrypoints.wiring.disputes import DisputesProvider
from marketplace.entrypoints.wiring.events import EventsProvider
from marketplace.entrypoints.wiring.factors import FactorsProvider
from marketplace.entrypoints.wiring.feeds import FeedsProvider
from marketplace.entrypoints.wiring.fees import FeesProvider
from marketplace.entrypoints.wiring.files import FilesProvider
from marketplace.entrypoints.wiring.identity import IdentityProvider
from marketplace.entrypoints.wiring.invoicing import InvoicingProvider
from marketplace.entrypoints.wiring.keys import ApiKeysProvider, SigningKeysProvider
from marketplace.entrypoints.wiring.media import MediaProvider
from marketplace.entrypoints.wiring.message_changes import MessageChangesProvider
from marketplace.entrypoints.wiring.messages import MessagesProvider
from marketplace.entrypoints.wiring.messaging import MessagingProvider
from marketplace.entrypoints.wiring.notification_centre import NotificationCentreProvider
from marketplace.entrypoints.wiring.notifications import NotificationsProvider
from marketplace.entrypoints.wiring.offer_rules import OfferRulesProvider
from marketplace.entrypoints.wiring.order_life import OrderLifeProvider
from marketplace.entrypoints.wiring.outside import OutsideSignInProvider
from marketplace.entrypoints.wiring.payme_click import PaymeClickProvider
from marketplace.entrypoints.wiring.payouts import PayoutsProvider
from marketplace.entrypoints.wiring.people import PeopleProvider
from marketplace.entrypoints.wiring.personal import CategoriesProvider, PersonalProvider
from marketplace.entrypoints.wiring.presence import PresenceProvider
from marketplace.entrypoints.wiring.promotions import PromotionsProvider
from marketplace.entrypoints.wiring.push import PushProvider
from marketplace.entrypoints.wiring.redis import RedisProvider
from marketplace.entrypoints.wiring.refunds import RefundsProvider
from marketplace.entrypoints.wiring.reviews import ReviewsProvider
from marketplace.entrypoints.wiring.rooms import RoomsProvider
from marketplace.entrypoints.wiring.search import SearchProvider
from marketplace.entrypoints.wiring.services import ServicesProvider
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.wiring.social import SocialProvider
from marketplace.entrypoints.wiring.sql import SqlProvider
from marketplace.entrypoints.wiring.storage import StorageProvider
from marketplace.entrypoints.wiring.stripe import StripeProvider
from marketplace.entrypoints.wiring.subscriptions import SubscriptionsProvider
from marketplace.entrypoints.wiring.tested_lots import TestedLotsProvider
from marketplace.entrypoints.wiring.values import PasswordPolicy
from marketplace.entrypoints.wiring.webhooks import WebhooksProvider
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers


class FrameProvider(Provider):
    """What the edges need of themselves."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    @provide(scope=Scope.APP)
    def settings(self) -> Settings:
        return self._settings

    @provide(scope=Scope.APP)
    def cursors(self) -> Cursors:
        return Cursors(self._settings.key("cursors"))

    @provide(scope=Scope.APP)
    def queue(self, pool: Pool) -> Queue:
        return JobQueue(pool)

    readiness = provide(Readiness, scope=Scope.APP)
    health = provide(EngineHealthChecks, provides=HealthChecks, scope=Scope.APP)


def build(settings: Settings, *overrides: Provider, pool_size: int = 16) -> AsyncContainer:
    """The container; later providers win, so tests may put one of their own in front of a port."""
    seed = settings.fake_gateway_seed
    dsn = settings.database_url.reveal()
    return make_async_container(
        FrameProvider(settings),
        SqlProvider(dsn, handlers.subscriptions, pool_size=pool_size),
        RedisProvider(settings.redis_url.reveal(), settings.key("rate-limit"), settings.rate_limits.by_limit),
        RoomsProvider(settings.redis_url.reveal()),
        IdentityProvider(
            settings.key,
            composition=settings.password_policy is PasswordPolicy.COMPOSITION,
            public_url=settings.public_url,
        ),
        SigningKeysProvider(settings.key, issuer="marketplace"),
        ApiKeysProvider(settings.key("api-key")),
        OutsideSignInProvider(settings),
        FactorsProvider(settings.key, settings.public_url, settings.allowed_origins),
        MessagesProvider(settings),
        PeopleProvider(),
        SocialProvider(),
        FilesProvider(),
        CatalogProvider(settings.products_per_seller),
        ServicesProvider(),
        CategoriesProvider(),
        PersonalProvider(),
        FeedsProvider(),
        SearchProvider(),
        TradingProvider(),
        OfferRulesProvider(),
        DeskProvider(),
        TestedLotsProvider(),
        MessagingProvider(),
        PresenceProvider(),
        AttachmentsProvider(),
        MessageChangesProvider(settings.public_url),
        ReviewsProvider(),
        InventoryProvider(),
        OrderingProvider(),
        OrderLifeProvider(),
        FeesProvider(),
        CheckoutProvider(),
        PaymentsProvider(
            PaymentTerms(
                return_url=f"{settings.public_url}/payments", hold=settings.earnings_hold,
                cool_off=settings.payout_cool_off,
            ),
            simulates=not settings.is_production, success_rate=settings.fake_gateway_success_rate,
            seed=None if seed is None else str(seed)
        ),
        PaymeClickProvider(settings),
        PayoutsProvider(settings.key, simulates=not settings.is_production),
        StripeProvider(settings.stripe, settings.key, simulates=not settings.is_production),
        RefundsProvider(),
        BooksProvider(),
        PromotionsProvider(),
        SubscriptionsProvider(),
        InvoicingProvider(),
        DisputesProvider(),
        CallsProvider(settings.turn_urls, settings.turn_secret),
        NotificationsProvider(dsn),
        EventsProvider(),
        NotificationCentreProvider(),
        PushProvider(settings),
        WebhooksProvider(settings),
        StorageProvider(settings.storage_url, settings.key("signed-links"), settings.clamd_url),
        MediaProvider(),
        AuditProvider(settings.key),
        HttpActorProvider(),
        CallerProvider(),
        LitestarProvider(),
        *overrides,
        validation_settings=STRICT_VALIDATION,
    )  # fmt: skip
