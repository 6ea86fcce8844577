"""One letter from many, and what a person chooses about being told."""

from dataclasses import dataclass

from marketplace.application.notifications.centre_ports import Collected, PreferenceBook
from marketplace.application.notifications.views import PreferencesView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.shared.posting import Digest, Post, PostedLetter
from marketplace.domain.notifications.preferences import Preferences
from marketplace.domain.shared.ids import UserId

SEND_DIGEST = "notifications.send_digest"
MOST_IN_DIGEST = 50


@dataclass(frozen=True, slots=True)
class SendDigest:
    """React to the timer that the first letter of a digest has set."""

    collected: Collected
    post: Post
    ids: Ids
    transaction: Transaction

    async def __call__(self, user: UserId) -> None:
        async with self.transaction:
            letters, more = await self.collected.take(user, MOST_IN_DIGEST)
            if letters:
                self.post.add(PostedLetter(user, Digest(tuple(letters), more), self.ids.new()))


@dataclass(frozen=True, slots=True)
class SetPreferences:
    """Replaces all of them. What was collected so far goes with the new digest, or at once where there is none."""

    book: PreferenceBook
    collected: Collected
    timers: Timers
    clock: Clock
    transaction: Transaction

    async def __call__(self, actor: Actor, preferences: Preferences) -> PreferencesView:
        actor.own_session()
        now = self.clock.now()
        async with self.transaction:
            await self.book.put(actor.user, preferences, now)
            if await self.collected.any_of(actor.user):
                self.timers.set(SEND_DIGEST, actor.user, preferences.next_digest(now) or now)
            return self.transaction.answers(PreferencesView.of(preferences))
