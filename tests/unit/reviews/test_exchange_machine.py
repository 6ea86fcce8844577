"""Both sides, the timer and strangers do whatever they like, whenever they like: reviews keep their rules."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from marketplace.domain.reviews.exchange import (
    EXCHANGE_MOVES,
    REPLY_TIME,
    Exchange,
    ExchangeStatus,
    Opinion,
    ReviewId,
    ReviewsPublished,
)
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import DomainError
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.unit.reviews.world import CLOSES, a_dealing

STARS = st.integers(1, 5)
PERSON = st.integers(0, 2)


class Reviewing(RuleBasedStateMachine):
    @initialize()
    def complete(self) -> None:
        self.exchange = Exchange.over(a_dealing())
        self.people = [self.exchange.buyer, self.exchange.seller, a_user_id()]
        self.now = NOON
        self.path = [ExchangeStatus.OPEN]
        self.events: list[DomainEvent] = []

    def attempt(self, move: Callable[[], object]) -> None:
        """What is refused changes nothing."""
        before = deepcopy(self.exchange)
        try:
            move()
        except DomainError:
            self.exchange = before
        self.events += self.exchange.pull_events()
        if self.exchange.status is not self.path[-1]:
            self.path.append(self.exchange.status)

    def some_review(self, first: bool) -> ReviewId:
        ids = [review.id for review in self.exchange.reviews.values()]
        return (ids[0] if first else ids[-1]) if ids else ReviewId(new_id())

    @rule(days=st.sampled_from([0.5, 3, 8]))
    def wait(self, days: float) -> None:
        self.now += timedelta(days=days)

    @rule(by_buyer=st.booleans(), stars=STARS)
    def write(self, by_buyer: bool, stars: int) -> None:
        author = self.people[0 if by_buyer else 1]
        was_public = self.exchange.status is ExchangeStatus.PUBLISHED
        before = deepcopy(self.exchange.reviews)
        self.attempt(lambda: self.exchange.write(ReviewId(new_id()), author, Opinion(rating=stars), self.now))
        if was_public or self.now >= CLOSES:
            assert self.exchange.reviews == before, "nothing is written or changed any more"

    @rule()
    def ring(self) -> None:
        self.attempt(lambda: self.exchange.close(self.now))
        assert self.now < CLOSES or self.exchange.status is not ExchangeStatus.OPEN

    @rule()
    def undo(self) -> None:
        self.attempt(self.exchange.void)

    @rule(person=PERSON, first=st.booleans())
    def reply(self, person: int, first: bool) -> None:
        self.attempt(lambda: self.exchange.reply(self.some_review(first), self.people[person], "Thanks.", self.now))

    @rule(first=st.booleans())
    def take_down(self, first: bool) -> None:
        self.attempt(lambda: self.exchange.take_down(self.some_review(first), "Spam.", self.people[2], self.now))

    @invariant()
    def moves_are_legal(self) -> None:
        assert all(to in EXCHANGE_MOVES[source] for source, to in zip(self.path, self.path[1:], strict=False))

    @invariant()
    def it_is_public_when_both_have_written_or_the_time_is_up(self) -> None:
        if self.exchange.status is ExchangeStatus.PUBLISHED:
            assert len(self.exchange.reviews) == 2 or (self.exchange.published_at or NOON) >= CLOSES
        elif self.exchange.status is ExchangeStatus.OPEN:
            assert len(self.exchange.reviews) < 2

    @invariant()
    def it_is_told_once_and_only_when_public(self) -> None:
        told = [one for one in self.events if isinstance(one, ReviewsPublished)]
        assert len(told) == (self.exchange.status is ExchangeStatus.PUBLISHED)

    @invariant()
    def only_who_is_reviewed_has_replied_to_what_is_public(self) -> None:
        for review in self.exchange.reviews.values():
            if reply := review.reply:
                assert self.exchange.status is ExchangeStatus.PUBLISHED
                assert reply.edited_at is None or reply.edited_at < reply.replied_at + REPLY_TIME


TestReviewing = Reviewing.TestCase
TestReviewing.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
