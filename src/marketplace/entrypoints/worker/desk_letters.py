"""What people are told by letter about their trades and offers on the desk, event by event."""

from uuid import NAMESPACE_OID, uuid5

from marketplace.application.shared import letters
from marketplace.application.shared.letters import TradeLetter
from marketplace.application.shared.posting import PostedLetter
from marketplace.application.trading.audience import Audience
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.offer import (
    OfferAccepted,
    OfferDeclined,
    OfferEvent,
    OfferExpired,
    OfferMade,
    OfferSuperseded,
)
from marketplace.domain.trading.terms import TermSheet
from marketplace.domain.trading.trade import Trade, TradeOpened, TradePublished
from marketplace.entrypoints.worker import notices


def of_offer(event: OfferEvent, audience: Audience) -> list[PostedLetter]:
    """Of an offer that is sealed its end alone, to its author."""
    maker, other = notices.parties(event)
    trade, terms = in_short(audience.trade), event.terms
    if isinstance(event, OfferSuperseded | OfferExpired):
        author = other if maker == audience.trade.owner else maker
        return [_post(author, letters.TradeOfferEnded(trade), event)]
    if notices.is_sealed(event):
        return []
    match event:
        case OfferMade():
            is_first = other == audience.trade.owner and not event.negotiates
            kind = letters.TradeOffer if is_first else letters.TradeTerms
            return [_post(other, kind(trade, _price(terms), str(terms.quantity)), event)]
        case OfferAccepted():
            agreed = trade, _price(terms), str(event.taken)
            posted = [_post(audience.trade.owner, letters.TradeAwarded(*agreed), event)]
            if maker != audience.trade.owner:
                posted.append(_post(maker, letters.TradeOfferAccepted(*agreed), event))
            return posted
        case OfferDeclined():
            return [_post(maker, letters.TradeOfferDeclined(trade), event)]
    return []


def of_published_trade(event: TradePublished, audience: Audience) -> list[PostedLetter]:
    letter = letters.TradeInvitation(in_short(audience.trade), audience.trade.valid_until)
    return [_post(one, letter, event) for one in event.invited]


def of_opened_trade(event: TradeOpened, audience: Audience, offers: int) -> list[PostedLetter]:
    letter = letters.TradeOffersOpen(in_short(audience.trade), offers)
    return [_post(event.owner, letter, event)] if offers else []


def of_coming_end(audience: Audience) -> list[PostedLetter]:
    trade = audience.trade
    if not audience.ends_unanswered:
        return []
    occasion = uuid5(NAMESPACE_OID, f"the end of trade {trade.id}")
    return [PostedLetter(trade.owner, letters.TradeEndsSoon(in_short(trade), trade.decided_by), occasion)]


def in_short(trade: Trade) -> str:
    words = [trade.need.commodity, trade.need.grade, str(trade.need.quantity)]
    return ", ".join(word for word in words if word)


def _price(terms: TermSheet) -> str:
    price = f"{terms.price.decimal} {terms.price.currency}"
    return f"{price} / {terms.price_unit}" if terms.price_unit else price


def _post(to: UserId, letter: TradeLetter, event: OfferEvent | TradePublished | TradeOpened) -> PostedLetter:
    about = event.offer_id if isinstance(event, OfferEvent) else event.trade_id
    return PostedLetter(to, letter, uuid5(NAMESPACE_OID, f"{event.name} {about} {to}"))
