"""What a worker says of their work."""

from dataclasses import dataclass

from marketplace.application.identity.people import may_be_listed
from marketplace.application.identity.people_ports import WorkerProfiles
from marketplace.application.identity.people_views import WorkerView
from marketplace.application.identity.ports import Users
from marketplace.application.identity.views import avatar_url
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.identity.worker_profile import WorkerProfile
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    headline: str
    bio: str
    skills: tuple[str, ...]
    hourly_rate: Money | None
    is_available: bool


@dataclass(frozen=True, slots=True)
class DescribeWork:
    users: Users
    workers: WorkerProfiles
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, work: Work) -> WorkerView:
        """Replaces what the actor said before."""
        actor.require(Permission.LIST_ITEMS)
        profile = WorkerProfile(
            user_id=actor.user, headline=work.headline, bio=work.bio, skills=work.skills,
            hourly_rate=work.hourly_rate, is_available=work.is_available, updated_at=self.clock.now(),
        )  # fmt: skip
        async with self.transaction:
            user = await self.users.get(actor.user)
            await self.workers.save(profile, listed=may_be_listed(user))
            rate = profile.hourly_rate
            amount, currency = (rate.decimal, rate.currency) if rate else (None, None)
            return self.transaction.answers(
                WorkerView(
                    id=user.id, username=user.username, full_name=user.full_name, avatar_url=avatar_url(user.avatar),
                    is_verified=user.is_verified, rating=user.rating, headline=profile.headline, bio=profile.bio,
                    skills=list(profile.skills), hourly_rate=amount, currency=currency,
                    is_available=profile.is_available,
                )
            )  # fmt: skip
