from datetime import datetime
from fractions import Fraction

from marketplace.application.trading.agreements import Agreements, ListingCategories, Settled
from marketplace.application.trading.bargain import PastAgreements
from marketplace.application.trading.rule_ports import OfferRuleBook
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.bargain import Past
from marketplace.domain.trading.rules import OfferRules, RulesForAll
from tests.fakes.world import MemoryTransaction


class MemoryOfferRuleBook(OfferRuleBook):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def on_listing(self, listing_id: ListingId, seller: UserId) -> OfferRules | RulesForAll | None:
        rows = self._transaction.inside
        own = rows.offer_rules.get(listing_id)
        return own[1] if own else rows.rules_for_all.get(seller)

    async def put(self, listing_id: ListingId, seller: UserId, rules: OfferRules) -> None:
        self._transaction.inside.offer_rules[listing_id] = (seller, rules)

    async def put_for_all(self, seller: UserId, rules: RulesForAll) -> None:
        self._transaction.inside.rules_for_all[seller] = rules

    async def drop(self, listing_id: ListingId) -> None:
        self._transaction.inside.offer_rules.pop(listing_id, None)

    async def forget(self, seller: UserId) -> None:
        rows = self._transaction.inside
        rows.rules_for_all.pop(seller, None)
        rows.offer_rules = {key: value for key, value in rows.offer_rules.items() if value[0] != seller}


class MemoryAgreements(Agreements, PastAgreements):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def note(self, settled: Settled) -> None:
        self._transaction.inside.agreements.setdefault(settled.negotiation_id, settled)

    async def latest(
        self, category: str, currency: str, unit: str, since: datetime, until: datetime, most: int
    ) -> list[Past]:
        found = [
            one
            for one in self._transaction.rows.agreements.values()
            if (one.subject.kind, one.category, one.amount.currency, one.quantity.unit)
            == (SubjectKind.LISTING, category, currency, unit)
            and since <= one.agreed_at < until
        ]
        latest = sorted(found, key=lambda one: one.agreed_at, reverse=True)[:most]
        return [Past(Fraction(one.amount.minor, one.asked.minor), one.unit_price) for one in latest if one.asked]


class MemoryListingCategories(ListingCategories):
    """Every listing is of one category unless a test says otherwise."""

    def __init__(self) -> None:
        self.of: dict[ListingId, str] = {}

    async def category_of(self, listing_id: ListingId) -> str:
        return self.of.get(listing_id, "electronics")
