"""What managing people needs of the outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from marketplace.application.identity.people_views import WorkerView
from marketplace.application.shared.paging import Slice
from marketplace.domain.identity.worker_profile import WorkerProfile
from marketplace.domain.shared.ids import UserId


class Obligations(Protocol):
    """Asked of trading, ordering and payments."""

    async def of(self, user_id: UserId) -> Sequence[str]:
        """Kinds of business that keep a person from leaving: open_negotiations, running_orders, money."""
        ...


class PersonalTraces(Protocol):
    """Where somebody called from and with what, and whatever else than the password they signed in with."""

    async def wipe(self, user_id: UserId) -> None: ...


class WorkerProfiles(Protocol):
    """At most one of each person. Only those of whom `list` says so are shown."""

    async def save(self, profile: WorkerProfile, *, listed: bool) -> None: ...

    async def list(self, user_id: UserId, *, listed: bool) -> None:
        """Does nothing for who has no profile."""
        ...

    async def remove(self, user_id: UserId) -> None: ...


class WorkerQueries(Protocol):
    """Public reads: only profiles that are listed are found."""

    async def worker(self, user_id: UserId) -> WorkerView:
        """Raises WorkerNotFound."""
        ...

    async def workers(
        self,
        *,
        text: str | None,
        skill: str | None,
        available: bool | None,
        after: UserId | None,
        skip: int,
        limit: int,
    ) -> Slice[WorkerView]:
        """The youngest account first. `text` is looked for in headline and bio: three letters at least."""
        ...


class PersonalRecords(Protocol):
    """Asked of every context."""

    async def of(self, user_id: UserId, most: int) -> Mapping[str, Sequence[bytes]]:
        """Everything stored about a person: by kind, up to `most` JSON objects each, newest first.

        Neither secrets nor what is about others only. Money is in minor units.
        """
        ...
