"""Owner, offerers, deadlines and strangers do whatever they like, whenever they like: a trade keeps its rules."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from marketplace.domain.shared.errors import DomainError
from marketplace.domain.trading.trade import (
    ENDED,
    PUBLIC,
    TRADE_MOVES,
    TradeEvent,
    TradeOpened,
    TradePublished,
    TradeStatus,
    Visibility,
)
from tests.builders.commerce import NOON, a_user_id
from tests.builders.trades import DAY, a_trade


class Trading(RuleBasedStateMachine):
    @initialize(visibility=st.sampled_from(list(Visibility)), invites=st.booleans())
    def draft(self, visibility: Visibility, invites: bool) -> None:
        self.guest, self.stranger = a_user_id(), a_user_id()
        invited = visibility is Visibility.INVITED or (invites and visibility is Visibility.SEALED)
        self.trade = a_trade(visibility=visibility, invited=frozenset({self.guest} if invited else ()))
        self.now = NOON
        self.has_offers = False
        self.path = [TradeStatus.DRAFT]
        self.events: list[TradeEvent] = []

    def attempt(self, move: Callable[[], Any]) -> None:
        """What is refused changes nothing."""
        before = self.trade.status
        try:
            move()
        except DomainError:
            assert self.trade.status is before
            assert self.trade.pull_events() == []
        news: list[Any] = self.trade.pull_events()
        self.events += news
        if self.trade.status is not before:
            self.path.append(self.trade.status)
            assert [event.status for event in news] == [self.trade.status]
        else:
            assert news == []

    @rule(hours=st.integers(1, 24 * 12))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(days=st.integers(-1, 400))
    def revise(self, days: int) -> None:
        until = self.trade.valid_until
        try:
            self.trade.revise(self.now, valid_until=self.now + days * DAY)
            assert self.trade.status is TradeStatus.DRAFT
        except DomainError:
            self.trade.valid_until = until

    @rule()
    def publish(self) -> None:
        self.attempt(lambda: self.trade.publish(self.now))

    @rule()
    def cancel(self) -> None:
        self.attempt(lambda: self.trade.cancel(self.now))

    @rule()
    def close(self) -> None:
        self.attempt(lambda: self.trade.close(self.now))

    @rule(is_guest=st.booleans())
    def offer(self, is_guest: bool) -> None:
        who = self.guest if is_guest else self.stranger

        def offer() -> None:
            self.trade.require_open(who, self.now)
            assert not self.trade.invited or is_guest
            assert self.now < self.trade.valid_until
            self.trade.note_offer(self.now)
            self.has_offers = True

        self.attempt(offer)

    @rule()
    def award(self) -> None:
        """Of what is sealed nobody knows an offer to award."""
        if self.trade.sealed_until is None or self.now >= self.trade.sealed_until:
            self.attempt(lambda: self.trade.award(self.now))

    @rule()
    def ring_at_the_end_of_offers(self) -> None:
        self.attempt(lambda: self.trade.open(self.now, has_offers=self.has_offers))

    @rule()
    def ring_at_the_end(self) -> None:
        self.attempt(lambda: self.trade.expire(self.now))

    @invariant()
    def only_legal_moves(self) -> None:
        for source, to in zip(self.path, self.path[1:], strict=False):
            assert to in TRADE_MOVES[source]

    @invariant()
    def who_sees_it(self) -> None:
        assert self.trade.may_see(self.trade.owner)
        assert self.trade.may_see(self.guest) is (self.trade.status in PUBLIC)
        seen_by_all = self.trade.status in PUBLIC and not self.trade.invited
        assert self.trade.may_see(self.stranger) is seen_by_all

    @invariant()
    def a_seal_holds(self) -> None:
        """Before the deadline the status of a sealed trade does not depend on whether it has offers."""
        sealed = self.trade.sealed_until
        if sealed is not None and self.now < sealed:
            assert self.trade.status not in {TradeStatus.NEGOTIATING, TradeStatus.AWARDED, TradeStatus.EXPIRED}
            assert not any(isinstance(event, TradeOpened) for event in self.events)

    @invariant()
    def it_is_published_and_opened_once_and_ends_for_good(self) -> None:
        for kind in (TradePublished, TradeOpened):
            assert sum(isinstance(event, kind) for event in self.events) <= 1
        assert not any(status in ENDED for status in self.path[:-1])


TestTrading = Trading.TestCase
TestTrading.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
