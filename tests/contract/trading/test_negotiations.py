"""The fake of the unit tests and the SQL adapter keep one contract."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import SqlNegotiations
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.ports import Negotiations, Past
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import ListingId, NegotiationId
from marketplace.domain.shared.subject import Subject
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Asked, NegotiationAlreadyOpen, OfferId, OfferNotFound
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import HOUR, NOON, a_negotiation, aed, an_offer, new_id, terms
from tests.fakes.world import MemoryNegotiations, MemoryTransaction


@dataclass
class Trading:
    transaction: Transaction
    negotiations: Negotiations

    async def add(self, *added: Negotiation) -> None:
        async with self.transaction:
            for negotiation in added:
                await self.negotiations.add(negotiation)

    async def of_offer(self, offer_id: OfferId) -> Negotiation:
        async with self.transaction:
            return await self.negotiations.of_offer(offer_id)

    async def save(self, *saved: Negotiation) -> None:
        async with self.transaction:
            await self.negotiations.save(*saved)


def with_an_offer(**changes: object) -> Negotiation:
    negotiation = a_negotiation(**changes)
    an_offer(negotiation)
    return negotiation


def facts_of(negotiations: Iterable[Negotiation]) -> list[dict[str, object]]:
    return [asdict(negotiation) for negotiation in negotiations]


class NegotiationsContract:
    async def test_a_negotiation_comes_back_as_saved_by_any_of_its_offers(self, trading: Trading) -> None:
        negotiation = a_negotiation(asked=Asked(price=aed("1700.01"), quantity=Quantity(Decimal(2))))
        first = negotiation.offer(
            OfferId(new_id()),
            terms("1500.01", quantity=Quantity(Decimal(2)), delivery_place="Guntur", deliver_by=date(2030, 2, 1),
                  quality={"staple": "29 mm"}, lot=LotId(new_id()), delivery_days=0),
            by=negotiation.buyer, message="Да?\nПожалуйста", now=NOON,
        )  # fmt: skip
        await trading.add(negotiation)
        loaded = await trading.of_offer(first.id)
        assert asdict(loaded) == asdict(negotiation)
        counter = loaded.counter(
            first.id,
            OfferId(new_id()),
            first.terms.with_changes(price=aed(1600), payment_terms="LC 30"),
            by=loaded.seller,
            message=None,
            now=NOON + HOUR,
        )
        await trading.save(loaded)
        for offer_id in (first.id, counter.id):
            assert asdict(await trading.of_offer(offer_id)) == asdict(loaded)
        loaded.decline(counter.id, by=loaded.buyer, now=NOON + 2 * HOUR)
        await trading.save(loaded)
        assert asdict(await trading.of_offer(first.id)) == asdict(loaded)

    async def test_an_unknown_offer_is_not_found(self, trading: Trading) -> None:
        with pytest.raises(OfferNotFound):
            await trading.of_offer(OfferId(new_id()))

    async def test_a_stale_copy_is_not_saved(self, trading: Trading) -> None:
        negotiation, other = with_an_offer(), with_an_offer()
        await trading.add(negotiation, other)
        offer_id = negotiation.offers[0].id
        one, stale, fresh = (
            await trading.of_offer(offer_id), await trading.of_offer(offer_id),
            await trading.of_offer(other.offers[0].id),
        )  # fmt: skip
        one.decline(offer_id, by=one.seller, now=NOON)
        await trading.save(one)
        stale.counter(offer_id, OfferId(new_id()), terms(800), by=stale.seller, message=None, now=NOON)
        fresh.supersede(NOON)
        with pytest.raises(StaleAggregate):
            await trading.save(fresh, stale)
        assert asdict(await trading.of_offer(offer_id)) == asdict(one)
        assert asdict(await trading.of_offer(other.offers[0].id)) == asdict(other)

    async def test_a_buyer_has_one_open_negotiation_over_a_listing(self, trading: Trading) -> None:
        first = with_an_offer()
        parties = {"buyer": first.buyer, "seller": first.seller}
        again = with_an_offer(subject=first.subject, **parties)
        await trading.add(first, with_an_offer(**parties), with_an_offer(subject=first.subject))
        with pytest.raises(NegotiationAlreadyOpen):
            await trading.add(again)
        with pytest.raises(OfferNotFound):
            await trading.of_offer(again.offers[0].id)
        first.withdraw(first.offers[0].id, by=first.buyer, now=NOON)
        await trading.save(first)
        later = with_an_offer(subject=first.subject, **parties)
        await trading.add(later)
        assert asdict(await trading.of_offer(later.offers[0].id)) == asdict(later)

    async def test_a_failed_block_leaves_nothing(self, trading: Trading) -> None:
        kept, lost = with_an_offer(), with_an_offer()
        await trading.add(kept)
        before = asdict(kept)
        with pytest.raises(ZeroDivisionError):
            async with trading.transaction:
                await trading.negotiations.add(lost)
                kept.supersede(NOON)
                await trading.negotiations.save(kept)
                raise ZeroDivisionError
        assert asdict(await trading.of_offer(kept.offers[0].id)) == before
        with pytest.raises(OfferNotFound):
            await trading.of_offer(lost.offers[0].id)

    async def test_rivals_are_the_other_open_negotiations_over_the_listing_by_id(self, trading: Trading) -> None:
        listing = Subject.of_listings(ListingId(new_id()))
        mine, first, second, closed, elsewhere = (
            with_an_offer(subject=listing), with_an_offer(subject=listing), with_an_offer(subject=listing),
            with_an_offer(subject=listing), with_an_offer(),
        )  # fmt: skip
        closed.decline(closed.offers[0].id, by=closed.seller, now=NOON)
        countered = second.offers[0].id
        second.counter(countered, OfferId(new_id()), terms(800), by=second.seller, message=None, now=NOON)
        await trading.add(second, elsewhere, closed, first, mine)
        async with trading.transaction:
            rivals = await trading.negotiations.open_rivals(mine.subject, but=mine.id)
            assert facts_of(rivals) == facts_of([first, second])
            assert await trading.negotiations.open_rivals(elsewhere.subject, but=elsewhere.id) == []
            for rival in rivals:
                rival.supersede(NOON)
            await trading.negotiations.save(*rivals)
            assert await trading.negotiations.open_rivals(mine.subject, but=mine.id) == []
        assert asdict(await trading.of_offer(countered)) == asdict(rivals[1])

    async def test_a_negotiation_is_found_by_its_id(self, trading: Trading) -> None:
        negotiation = with_an_offer()
        await trading.add(negotiation, with_an_offer())
        async with trading.transaction:
            assert asdict(await trading.negotiations.find(negotiation.id)) == asdict(negotiation)
            with pytest.raises(OfferNotFound):
                await trading.negotiations.find(NegotiationId(new_id()))

    async def test_many_are_added_at_once_or_none(self, trading: Trading) -> None:
        package = Subject.of_listings(ListingId(new_id()), ListingId(new_id()))
        one, other = with_an_offer(subject=package), with_an_offer(step=aed(5), sealed_until=NOON, attempts=3)
        async with trading.transaction:
            await trading.negotiations.add()
            await trading.negotiations.add(one, other)
        for added in (one, other):
            assert asdict(await trading.of_offer(added.offers[0].id)) == asdict(added)
        again, free = with_an_offer(subject=package, buyer=one.buyer, seller=one.seller), with_an_offer()
        with pytest.raises(NegotiationAlreadyOpen):
            async with trading.transaction:
                await trading.negotiations.add(free, again)
        with pytest.raises(OfferNotFound):
            await trading.of_offer(free.offers[0].id)

    async def test_a_package_is_a_rival_of_what_is_in_it_and_of_other_packages_with_it(self, trading: Trading) -> None:
        camera, lens, book = (ListingId(new_id()) for _ in range(3))
        both, alone, more, apart = (
            with_an_offer(subject=Subject.of_listings(*listings))
            for listings in ((camera, lens), (camera,), (lens, book), (book,))
        )
        await trading.add(both, alone, more, apart)
        async with trading.transaction:
            rivals = trading.negotiations.open_rivals
            assert facts_of(await rivals(both.subject, but=both.id)) == facts_of([alone, more])
            assert facts_of(await rivals(alone.subject, but=alone.id)) == facts_of([both])
            assert facts_of(await rivals(apart.subject, but=apart.id)) == facts_of([more])
            assert facts_of(await trading.negotiations.open_over(lens, 9)) == facts_of([both, more])

    async def test_the_offers_of_a_buyer_on_a_subject_are_counted_over_all_negotiations(self, trading: Trading) -> None:
        first = with_an_offer()
        buyer, pair = first.buyer, {"buyer": first.buyer, "seller": first.seller}
        counter = first.counter(
            first.offers[0].id, OfferId(new_id()), terms(800), by=first.seller, message=None, now=NOON + HOUR
        )
        first.counter(counter.id, OfferId(new_id()), terms(760), by=buyer, message=None, now=NOON + HOUR)
        elsewhere, stranger = with_an_offer(**pair), with_an_offer(subject=first.subject)
        await trading.add(first, elsewhere, stranger)
        negotiations = trading.negotiations
        async with trading.transaction:
            assert await negotiations.past(first.subject, [buyer, stranger.buyer, elsewhere.seller]) == {
                buyer: Past(2, is_open=True, offered_at=NOON + HOUR),
                stranger.buyer: Past(1, is_open=True, offered_at=None),
            }
            assert await negotiations.past(first.subject, []) == {}
            with pytest.raises(NegotiationAlreadyOpen):
                await negotiations.attempts(first.subject, buyer)
        first.supersede(NOON)
        await trading.save(first)
        second = with_an_offer(subject=first.subject, **pair)
        async with trading.transaction:
            assert await negotiations.attempts(first.subject, buyer) == 2
            assert await negotiations.attempts(first.subject, elsewhere.seller) == 0
            await negotiations.add(second)
        second.supersede(NOON)
        await trading.save(second)
        async with trading.transaction:
            assert await negotiations.attempts(first.subject, buyer) == 3

    async def test_a_partys_open_negotiations_come_by_id_up_to_a_number(self, trading: Trading) -> None:
        bought, other = with_an_offer(), with_an_offer()
        sold = with_an_offer(seller=bought.buyer)
        closed = with_an_offer(buyer=bought.buyer)
        closed.decline(closed.offers[0].id, by=closed.seller, now=NOON)
        await trading.add(sold, closed, other, bought)
        async with trading.transaction:
            assert facts_of(await trading.negotiations.open_of(bought.buyer, 9)) == facts_of([bought, sold])
            assert facts_of(await trading.negotiations.open_of(bought.buyer, 1)) == facts_of([bought])
            assert facts_of(await trading.negotiations.open_of(other.seller, 9)) == facts_of([other])

    async def test_the_open_negotiations_over_a_listing_come_by_id_up_to_a_number(self, trading: Trading) -> None:
        listing = Subject.of_listings(ListingId(new_id()))
        first, second = with_an_offer(subject=listing), with_an_offer(subject=listing)
        closed = with_an_offer(subject=listing)
        closed.decline(closed.offers[0].id, by=closed.seller, now=NOON)
        await trading.add(second, closed, with_an_offer(), first)
        async with trading.transaction:
            assert facts_of(await trading.negotiations.open_over(listing.id, 9)) == facts_of([first, second])
            assert facts_of(await trading.negotiations.open_over(listing.id, 1)) == facts_of([first])
            assert await trading.negotiations.open_over(new_id(), 9) == []


class TestMemoryNegotiations(NegotiationsContract):
    @pytest.fixture
    def trading(self) -> Trading:
        transaction = MemoryTransaction()
        return Trading(transaction, MemoryNegotiations(transaction))


class TestSqlNegotiations(NegotiationsContract):
    @pytest.fixture
    def trading(self, pool: Pool) -> Trading:
        transaction = SqlTransaction(pool, {})
        return Trading(transaction, SqlNegotiations(transaction))
