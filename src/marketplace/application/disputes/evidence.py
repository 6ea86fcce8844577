"""Files that are to prove something: kept for good, read by the parties and moderators through links of minutes."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from marketplace.application.disputes.disputes import moderates
from marketplace.application.disputes.ports import DisputeQueries, Disputes, Moderators
from marketplace.application.disputes.views import CONTENT_TYPE_OF, EvidenceView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.links import InvalidLink, LinkView, PrivateLinks
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.shared.scanning import Intake, SafePdf
from marketplace.application.shared.storage import Storage, StoredObject
from marketplace.domain.disputes.dispute import LONGEST_DESCRIPTION, Evidence
from marketplace.domain.disputes.moves import DisputeId, EvidenceId, EvidenceNotFound, Voice
from marketplace.domain.shared.text import clean_text

LARGEST_EVIDENCE = 5 * 1024 * 1024
"""Bytes."""
PICTURE_WIDTH = 1_600
"""Pixels, at most."""
KEPT = timedelta(hours=1)
"""Longer than any request that stores one."""
DELETE_EVIDENCE = "disputes.delete_evidence"
"""The timer that calls DeleteEvidence; set before a file is stored, cleared with its row."""


@dataclass(frozen=True, slots=True)
class AddEvidence:
    disputes: Disputes
    intake: Intake
    storage: Storage
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, dispute_id: DisputeId, description: str, content: bytes) -> EvidenceView:
        """Of a party: a PDF, or a picture. Raises TooMuchEvidence, IllegalDisputeMove, and what is wrong with the
        file."""
        actor.require(Permission.MOVE_ORDERS)
        description = clean_text(description, field="description", longest=LONGEST_DESCRIPTION)
        async with self.transaction:
            dispute = await self.disputes.lock(dispute_id)
            voice = Voice(dispute.side_of(actor.user))
            dispute.require_room()
        ending, content = await self._made_safe(content)
        evidence_id = EvidenceId(self.ids.new())
        async with self.transaction:
            self.timers.set(DELETE_EVIDENCE, evidence_id, self.clock.now() + KEPT)
        await self.storage.put(evidence_key(evidence_id, ending), content)
        async with self.transaction:
            dispute = await self.disputes.lock(dispute_id)
            evidence = Evidence(
                id=evidence_id, dispute_id=dispute_id, owner=actor.user, voice=voice, description=description,
                ending=ending, size=len(content), sha256=sha256(content).hexdigest(), added_at=self.clock.now(),
            )  # fmt: skip
            dispute.add(evidence)
            await self.disputes.add_evidence(evidence)
            await self.disputes.save(dispute)
            self.timers.clear(DELETE_EVIDENCE, evidence_id)
            return self.transaction.answers(EvidenceView.of(evidence))

    async def _made_safe(self, content: bytes) -> tuple[str, bytes]:
        """The ending of its key, and what is stored."""
        safe = await self.intake.made_safe(content, (PICTURE_WIDTH,))
        return ("pdf", content) if isinstance(safe, SafePdf) else ("webp", safe.files[PICTURE_WIDTH])


@dataclass(frozen=True, slots=True)
class LinkEvidence:
    evidence: DisputeQueries
    links: PrivateLinks

    async def __call__(self, actor: Actor, evidence_id: EvidenceId) -> LinkView:
        """Raises EvidenceNotFound, or SessionRequired."""
        actor.own_session()
        await self.evidence.ending_of(actor.user, evidence_id, is_moderator=moderates(actor))
        return self.links.to(actor, f"/dispute-files/{evidence_id}", _name(evidence_id))


@dataclass(frozen=True, slots=True)
class OpenEvidence:
    evidence: DisputeQueries
    links: PrivateLinks
    moderators: Moderators
    storage: Storage

    async def __call__(self, evidence_id: EvidenceId, link: str) -> StoredObject:
        """Raises InvalidLink, also when whom the link was made for may not read it any more."""
        holder = await self.links.holder(link, _name(evidence_id))
        try:
            is_moderator = await self.moderators.is_moderator(holder)
            ending = await self.evidence.ending_of(holder, evidence_id, is_moderator=is_moderator)
        except EvidenceNotFound:
            raise InvalidLink from None
        return await self.storage.get(evidence_key(evidence_id, ending))


@dataclass(frozen=True, slots=True)
class DeleteEvidence:
    """The file of evidence that has no row, whatever its ending; may run again."""

    storage: Storage

    async def __call__(self, name: UUID) -> None:
        for ending in CONTENT_TYPE_OF:
            await self.storage.delete(evidence_key(EvidenceId(name), ending))


def evidence_key(name: EvidenceId, ending: str) -> str:
    return f"{_name(name)}.{ending}"


def _name(evidence_id: EvidenceId) -> str:
    return f"evidence/{evidence_id.hex}"
