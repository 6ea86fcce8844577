"""The seller, moderators, orders and suspensions do whatever they like: the table of the product's words holds."""

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from marketplace.domain.catalog.events import (
    ListingEvent,
    ListingPaused,
    ListingPublished,
    ListingRemoved,
    ListingResumed,
    ListingSubmitted,
)
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.catalog.moderation import Decision
from marketplace.domain.catalog.standing import LISTING_MOVES, ListingStatus, Standing, Withheld
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import DomainError
from tests.builders.commerce import NOON, a_listing, a_user_id

S = ListingStatus
SELLER, MODERATOR, SYSTEM = "seller", "moderator", "system"
MOVES: dict[tuple[ListingStatus, ListingStatus], set[str]] = {
    (S.DRAFT, S.PENDING_REVIEW): {SELLER}, (S.DRAFT, S.ACTIVE): {SELLER},
    (S.PENDING_REVIEW, S.ACTIVE): {SELLER, MODERATOR}, (S.PENDING_REVIEW, S.REJECTED): {MODERATOR},
    (S.ACTIVE, S.PAUSED): {SELLER, SYSTEM}, (S.PAUSED, S.ACTIVE): {SELLER, SYSTEM},
    (S.ACTIVE, S.RESERVED): {SYSTEM}, (S.RESERVED, S.ACTIVE): {SYSTEM}, (S.RESERVED, S.PAUSED): {SYSTEM},
    (S.RESERVED, S.SOLD): {SYSTEM}, (S.RESERVED, S.REMOVED): {MODERATOR, SYSTEM}, (S.SOLD, S.ACTIVE): {SYSTEM},
    (S.SOLD, S.PAUSED): {SYSTEM},
    **{
        (status, S.REMOVED): {SELLER, MODERATOR, SYSTEM}
        for status in (S.DRAFT, S.PENDING_REVIEW, S.REJECTED, S.ACTIVE, S.PAUSED)
    },
}  # fmt: skip
"""Who may make which move. By the seller's hand, what waits goes live only where the rules hold nothing any more."""
TEXTS = st.sampled_from(["Works.", "As new.", "t.me/shop", "Pay by Western Union"])
TOLD: dict[type[DomainEvent], ListingStatus] = {
    ListingPublished: S.ACTIVE, ListingSubmitted: S.PENDING_REVIEW, ListingPaused: S.PAUSED, ListingResumed: S.ACTIVE,
    ListingRemoved: S.REMOVED,
}  # fmt: skip


class LifeOfAListing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.listing = a_listing()
        self.moderator = a_user_id()
        self.before = self.listing.status

    def attempt(self, who: str, move: Callable[[], Any]) -> None:
        """What is refused changes nothing; what is done is in the table, and told."""
        former = (self.listing.status, self.listing.withheld, self.listing.description)
        try:
            move()
        except DomainError:
            assert (self.listing.status, self.listing.withheld, self.listing.description) == former
            assert self.listing.pull_events() == []
            return
        status = self.listing.status
        assert status is former[0] or who in MOVES.get((former[0], status), set()), f"{former[0]} to {status} by {who}"
        events = self.listing.pull_events()
        assert {event.seller for event in events if isinstance(event, ListingEvent)} <= {self.listing.seller}
        moves = [TOLD[type(event)] for event in events if type(event) in TOLD]
        if who != SYSTEM:
            expected = {status} if status is not former[0] and status is not S.REJECTED else set()
            assert set(moves) >= expected
        assert moves[-1:] in ([], [status])

    @rule(move=st.sampled_from([Listing.publish, Listing.pause, Listing.resume, Listing.remove]))
    def seller_moves(self, move: Callable[[Listing, Any], None]) -> None:
        self.attempt(SELLER, lambda: move(self.listing, NOON))

    @rule(text=TEXTS)
    def seller_writes(self, text: str) -> None:
        self.attempt(SELLER, lambda: self.listing.revise(NOON, description=text))

    @rule(decision=st.sampled_from(Decision))
    def moderator_decides(self, decision: Decision) -> None:
        self.attempt(MODERATOR, lambda: self.listing.decide(decision, "Because.", self.moderator, NOON))

    @rule(luck=st.integers(0, 9))
    def moderator_takes_down(self, luck: int) -> None:
        if luck == 0:
            self.attempt(MODERATOR, lambda: self.listing.take_down("Because.", self.moderator, NOON))

    @rule()
    def order_reserves(self) -> None:
        self.attempt(SYSTEM, self.listing.reserve)

    @rule(to=st.sampled_from([S.ACTIVE, S.SOLD]))
    def order_ends(self, to: ListingStatus) -> None:
        """As SettleListing does; what was sold comes back when its order is cancelled."""
        if self.listing.status is S.RESERVED or (self.listing.status is S.SOLD and to is S.ACTIVE):
            self.stand(lambda standing: setattr(standing, "status", standing.after_order(to) or standing.status))

    @rule(why=st.sampled_from([Withheld.SUSPENDED, Withheld.SUSPENDED, Withheld.CLOSED]))
    def account_is_withheld(self, why: Withheld) -> None:
        self.stand(lambda standing: standing.withhold(why))

    @rule()
    def account_is_given_back(self) -> None:
        self.stand(Standing.give_back)

    def stand(self, change: Callable[[Standing], None]) -> None:
        standing = Standing(listing_id=self.listing.id, status=self.listing.status, withheld=self.listing.withheld)

        def move() -> None:
            change(standing)
            self.listing.status, self.listing.withheld = standing.status, standing.withheld

        self.attempt(SYSTEM, move)

    @invariant()
    def nothing_that_the_rules_hold_is_for_sale_without_a_moderator(self) -> None:
        if self.listing.status is S.ACTIVE and self.before is S.DRAFT:
            assert self.listing.concerns == frozenset()
        self.before = self.listing.status

    @invariant()
    def nothing_of_a_suspended_seller_is_put_on_the_market(self) -> None:
        if self.listing.withheld is Withheld.SUSPENDED:
            assert self.listing.status is not S.ACTIVE


TestLifeOfAListing = LifeOfAListing.TestCase
TestLifeOfAListing.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


def test_the_moves_of_the_table_are_those_of_the_domain() -> None:
    assert set(MOVES) == {(source, to) for source, moves in LISTING_MOVES.items() for to in moves}
