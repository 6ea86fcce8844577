from dataclasses import dataclass

import msgspec

from marketplace.application.identity.people_ports import PersonalRecords
from marketplace.application.identity.people_views import PersonalDataView
from marketplace.application.identity.ports import AccountQueries
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock

MOST_RECORDS = 5_000
"""Of each kind: the document stays a few megabytes; what is older is had by the lists of each kind."""


@dataclass(frozen=True, slots=True)
class ExportPersonalData:
    accounts: AccountQueries
    records: PersonalRecords
    clock: Clock

    async def __call__(self, actor: Actor) -> PersonalDataView:
        """Everything stored about the actor, and nothing secret; raises StepUpRequired."""
        now = self.clock.now()
        actor.require_recent_proof(now)
        found = await self.records.of(actor.user, MOST_RECORDS + 1)
        return PersonalDataView(
            generated_at=now,
            account=await self.accounts.me(actor),
            records={kind: [msgspec.Raw(one) for one in rows[:MOST_RECORDS]] for kind, rows in found.items()},
            incomplete=[kind for kind, rows in found.items() if len(rows) > MOST_RECORDS],
        )
