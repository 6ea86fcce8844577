"""One letter of each kind, to look at and to test with."""

from datetime import UTC, datetime

from marketplace.application.shared import letters
from marketplace.application.shared.letters import Letter
from marketplace.application.shared.posting import Digest, News

AT = datetime(2026, 3, 9, 21, 5, tzinfo=UTC)
DEVICE = "Firefox 140, Linux"
TRADE, PRICE, QUANTITY = "cotton, MCU-5, 500 bale", "62000.00 INR / candy", "300 bale"
ORDER, AMOUNT = "M-00000042", "750.00 AED"
LINK = "https://market.example/account/confirm?token=Vn3q8sJ0dX2bT7mK5yR1wE9uC4hZ6pLa"
NEWS = News("offer_received", {"offeredPrice": "750.00", "currency": "AED"})
LETTERS: tuple[Letter, ...] = (
    letters.OneTimeCode("274913", minutes=10),
    letters.VerifyEmail(hours=24),
    letters.Welcome(hours=48),
    letters.AccountExists(),
    letters.PasswordReset(minutes=30),
    letters.PasswordChanged(AT),
    letters.AccountLocked(AT, minutes=30),
    letters.NewDevice(AT, DEVICE, place="203.0.113.7"),
    letters.EmailChanged("n…@marketplace.example"),
    letters.PhoneChanged(),
    letters.TwoFactorEnabled(),
    letters.TwoFactorDisabled(),
    letters.RecoveryCodeUsed(left=7),
    letters.PasskeyAdded("MacBook"),
    letters.PasskeyRemoved("MacBook"),
    letters.ApiKeyCreated("stock sync"),
    letters.AccountSuspended("Several buyers reported goods that never arrived."),
    letters.AccountActivated(),
    letters.AccountDeleted(),
    letters.TradeOffer(TRADE, PRICE, QUANTITY),
    letters.TradeTerms(TRADE, PRICE, QUANTITY),
    letters.TradeOfferAccepted(TRADE, PRICE, QUANTITY),
    letters.TradeOfferDeclined(TRADE),
    letters.TradeOfferEnded(TRADE),
    letters.TradeInvitation(TRADE, until=AT),
    letters.TradeOffersOpen(TRADE, offers=12),
    letters.TradeEndsSoon(TRADE, AT),
    letters.TradeAwarded(TRADE, PRICE, QUANTITY),
    letters.OrderPaid(ORDER, AMOUNT),
    letters.OrderDelivered(ORDER, until=AT),
    letters.OrderCompleted(ORDER),
    letters.OrderCancelled(ORDER),
    letters.OrderRefunded(ORDER, AMOUNT),
    letters.DisputeOpened(ORDER, until=AT),
    letters.DisputeResolved(ORDER),
    letters.DisputeWithdrawn(ORDER),
    letters.PayoutPaid(AMOUNT),
    letters.PayoutFailed(AMOUNT),
    letters.PayoutAccountAdded("…3456", usable_from=AT),
    letters.PayoutAccountRemoved("…3456"),
    letters.SubscriptionStarted("Front row", AMOUNT),
    letters.SubscriptionChargeFailed("Front row", AMOUNT),
    letters.SubscriptionEnded("Front row"),
    NEWS,
    Digest((NEWS, letters.OrderPaid(ORDER, AMOUNT)), more=3),
)
