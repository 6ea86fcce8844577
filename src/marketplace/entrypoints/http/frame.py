"""The controllers that the API document describes, and what is the same for every one of them."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from marketplace.entrypoints.http.account_security import AccountSecurityController
from marketplace.entrypoints.http.api_keys import ApiKeysController
from marketplace.entrypoints.http.attachments import AttachmentsController, ConversationFilesController
from marketplace.entrypoints.http.audit import AuditController
from marketplace.entrypoints.http.avatar import AvatarController
from marketplace.entrypoints.http.bookings import BookingsController
from marketplace.entrypoints.http.calls import CallsController
from marketplace.entrypoints.http.carts import CartController
from marketplace.entrypoints.http.catalog import ProductsController
from marketplace.entrypoints.http.categories import CategoriesController, ServiceCategoriesController
from marketplace.entrypoints.http.checkout import CheckoutController
from marketplace.entrypoints.http.conversation_messages import MessagesController
from marketplace.entrypoints.http.conversations import ConversationsController
from marketplace.entrypoints.http.creator_subscriptions import PlansController, SubscriptionsController
from marketplace.entrypoints.http.desk_negotiations import DeskNegotiationsController
from marketplace.entrypoints.http.desk_offers import DeskOffersController
from marketplace.entrypoints.http.dev import DevController, DevPaymentsController
from marketplace.entrypoints.http.favorites import FavoritesController
from marketplace.entrypoints.http.feeds import FeedsController
from marketplace.entrypoints.http.fees import FeesController
from marketplace.entrypoints.http.gate import MAX_BODY
from marketplace.entrypoints.http.health import HealthController
from marketplace.entrypoints.http.identity import AccountsController
from marketplace.entrypoints.http.invoices import InvoicesController
from marketplace.entrypoints.http.jwks import KeysController
from marketplace.entrypoints.http.ledger import LedgerController
from marketplace.entrypoints.http.listing_media import DocumentsController, ListingMediaController, UploadsController
from marketplace.entrypoints.http.media import FilesController, MediaController
from marketplace.entrypoints.http.message_search import MessageSearchController
from marketplace.entrypoints.http.messages import ApiRequest, ApiResponse
from marketplace.entrypoints.http.moderation import ModerationController
from marketplace.entrypoints.http.notification_centre import NotificationsController
from marketplace.entrypoints.http.offer_rules import OfferRulesController
from marketplace.entrypoints.http.openid import OpenIdController
from marketplace.entrypoints.http.order_disputes import DisputeFilesController, DisputesController
from marketplace.entrypoints.http.order_life import OrderLifeController
from marketplace.entrypoints.http.order_reviews import ReviewsController
from marketplace.entrypoints.http.ordering import OrdersController
from marketplace.entrypoints.http.outbound_webhooks import WebhookEventTypesController, WebhooksController
from marketplace.entrypoints.http.own_products import OwnProductsController
from marketplace.entrypoints.http.passkeys import PasskeysController
from marketplace.entrypoints.http.payment_methods import PaymentMethodsController, ProviderEventsController
from marketplace.entrypoints.http.payments import PaymentsController
from marketplace.entrypoints.http.payout_accounts import PayoutAccountsController, StatementsController
from marketplace.entrypoints.http.payouts import PayoutsController
from marketplace.entrypoints.http.people import PeopleController
from marketplace.entrypoints.http.problems import EXCEPTION_HANDLERS
from marketplace.entrypoints.http.product_files import ProductFilesController
from marketplace.entrypoints.http.product_offers import ProductOffersController
from marketplace.entrypoints.http.promo_codes import PromoCodesController
from marketplace.entrypoints.http.provenance import ProvenanceController
from marketplace.entrypoints.http.provider_calls import ProviderCallsController
from marketplace.entrypoints.http.public_reviews import PublicReviewsController
from marketplace.entrypoints.http.push_tokens import PushTokensController
from marketplace.entrypoints.http.query import refuse_null
from marketplace.entrypoints.http.reconciliations import ReconciliationsController
from marketplace.entrypoints.http.refunds import DevChargebacksController, MoneyListsController, RefundsController
from marketplace.entrypoints.http.saved_searches import SavedSearchesController
from marketplace.entrypoints.http.search import SearchController
from marketplace.entrypoints.http.services import GigsController, ServicesController
from marketplace.entrypoints.http.sync import SyncController
from marketplace.entrypoints.http.tested_lots import TestedLotsController
from marketplace.entrypoints.http.trade_parsing import TradeParsingController
from marketplace.entrypoints.http.trades import DeskController, TradesController
from marketplace.entrypoints.http.trading import OffersController
from marketplace.entrypoints.http.two_factor import TwoFactorController
from marketplace.entrypoints.http.users import UsersController
from marketplace.entrypoints.http.wallet import WalletController
from marketplace.entrypoints.http.workers import WorkersController

CONTROLLERS: Sequence[ControllerRouterHandler] = (
    AccountsController,
    AccountSecurityController,
    TwoFactorController,
    PasskeysController,
    ApiKeysController,
    OpenIdController,
    AvatarController,
    UsersController,
    PeopleController,
    WorkersController,
    ProductsController,
    ProductFilesController,
    OffersController,
    ProductOffersController,
    OfferRulesController,
    DeskOffersController,
    DeskNegotiationsController,
    OrdersController,
    OrderLifeController,
    FeesController,
    InvoicesController,
    PaymentsController,
    ProviderCallsController,
    MoneyListsController,
    RefundsController,
    DisputesController,
    DisputeFilesController,
    PayoutsController,
    PayoutAccountsController,
    StatementsController,
    WalletController,
    LedgerController,
    ReconciliationsController,
    PlansController,
    SubscriptionsController,
    PaymentMethodsController,
    ProviderEventsController,
    SyncController,
    NotificationsController,
    PushTokensController,
    AuditController,
    HealthController,
    KeysController,
    MediaController,
    OwnProductsController,
    ModerationController,
    ServicesController,
    GigsController,
    BookingsController,
    CategoriesController,
    ServiceCategoriesController,
    FavoritesController,
    SavedSearchesController,
    FeedsController,
    SearchController,
    FilesController,
    ListingMediaController,
    DocumentsController,
    UploadsController,
    TradesController,
    DeskController,
    TestedLotsController,
    ProvenanceController,
    TradeParsingController,
    PromoCodesController,
    CartController,
    CheckoutController,
    ConversationsController,
    AttachmentsController,
    ConversationFilesController,
    MessageSearchController,
    MessagesController,
    ReviewsController,
    PublicReviewsController,
    CallsController,
    WebhookEventTypesController,
    WebhooksController,
)
DEVELOPMENT_CONTROLLERS: Sequence[ControllerRouterHandler] = (
    DevController,
    DevPaymentsController,
    DevChargebacksController,
)


def bare_app(handlers: Sequence[ControllerRouterHandler], **options: Any) -> Litestar:
    return Litestar(
        handlers,
        request_class=ApiRequest,
        response_class=ApiResponse,
        before_request=refuse_null,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=options.pop("openapi_config", None),
        request_max_body_size=MAX_BODY,
        multipart_form_part_limit=20,
        logging_config=None,
        **options,
    )
