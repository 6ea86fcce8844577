"""Proving that our books and a provider's agree, movement by movement (docs/adr/0033)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from marketplace.application.payments.payments import ASK_GATEWAY
from marketplace.application.payments.ports import Gateway, Gateways, GatewaySilent
from marketplace.application.payments.reconciliation_ports import OwnBooks, Reconciliations, ReconciliationView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.domain.payments.reconciliation import (
    MOST_KEPT,
    Difference,
    DifferenceKind,
    MovementKey,
    MovementKind,
    OwnMovement,
    Reconciliation,
    Standing,
    TheirMovement,
    UnknownProvider,
    compare,
)
from marketplace.domain.shared.errors import Invalid

USUAL_WINDOW = timedelta(days=2)
LONGEST_WINDOW = timedelta(days=31)
AT_ONCE = timedelta(days=1)
"""What is in memory at a time."""
MARGIN = timedelta(hours=1)
"""Both sides book a movement at moments of their own: its counterpart is looked for so much earlier and later."""
ALLOWED_LAG = timedelta(minutes=1)
"""So long after the provider's booking a payment may still be under way here."""


class InvalidWindow(Invalid):
    code = "invalid_window"


@dataclass(slots=True)
class _Tally:
    matched: int = 0
    under_way: int = 0
    differences: list[Difference] = field(default_factory=list)
    captured_there: list[UUID] = field(default_factory=list)
    """Payments that wait here, or were given up."""


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Compare one provider's books of [since, until) with ours, store the run and tell of what is new.

    What the provider captured, while we wait for it or have given it up, is asked about at once: it settles, or goes
    back. Nothing else is corrected.
    """

    gateways: Gateways
    books: OwnBooks
    reconciliations: Reconciliations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, provider: str, since: datetime, until: datetime) -> Reconciliation:
        """Raises UnknownProvider, InvalidWindow, GatewaySilent."""
        if provider not in self.gateways.providers:
            known = ", ".join(sorted(self.gateways.providers))
            raise UnknownProvider(f"there is no such provider here; one of {known}", field="provider")
        now, gateway, tally = self.clock.now(), self.gateways.gateway(provider), _Tally()
        until = min(until, now)
        if not timedelta(0) < until - since <= LONGEST_WINDOW:
            raise InvalidWindow(f"ends after it begins, and within {LONGEST_WINDOW.days} days of that", field="since")
        for start, end in _parts(since, until):
            await self._compare(tally, provider, gateway, start, end, now)
        differences = tally.differences
        run = Reconciliation(
            id=Reconciliation.id_of(provider, since, until), provider=provider, since=since, until=until,
            matched=tally.matched, under_way=tally.under_way, found=len(differences),
            differences=tuple(differences[:MOST_KEPT]), ran_at=now,
        )  # fmt: skip
        async with self.transaction:
            run.note(await self.reconciliations.lock(run.id))
            await self.reconciliations.save(run)
            for payment_id in tally.captured_there:
                self.timers.set(ASK_GATEWAY, payment_id, now)
        return run

    async def _compare(
        self, tally: _Tally, provider: str, gateway: Gateway, since: datetime, until: datetime, now: datetime
    ) -> None:
        lines = await _statement(gateway, since - MARGIN, until + MARGIN)
        posted = await self.books.posted(provider, since, until)
        theirs = {key for key, booked in lines.items() if since <= booked[0].at < until}
        ours = await self.books.movements(provider, theirs | set(posted))
        unseen = [ours[key] for key in posted if key not in lines]
        lines |= await self._earlier(gateway, unseen, since - MARGIN)
        for key in sorted(theirs | {one.key for one in unseen}, key=lambda key: (key.kind, key.id)):
            booked = lines.get(key, [])
            difference = compare(booked, ours[key])
            if difference is None:
                tally.matched += key in theirs
            elif _is_under_way(difference, booked, now):
                tally.under_way += 1
            else:
                tally.differences.append(difference)
                if _is_captured_there(difference, ours[key]):
                    tally.captured_there.append(key.id)

    async def _earlier(
        self, gateway: Gateway, unseen: Sequence[OwnMovement], until: datetime
    ) -> dict[MovementKey, list[TheirMovement]]:
        """Those that the provider booked long before us: nothing is booked before it was begun here."""
        begun = [one.begun_at for one in unseen if one.begun_at is not None and one.begun_at < until]
        if not begun:
            return {}
        wanted = {one.key for one in unseen}
        since = max(min(begun) - MARGIN, until - LONGEST_WINDOW)
        found = await _statement(gateway, since, until)
        return {key: lines for key, lines in found.items() if key in wanted}


@dataclass(frozen=True, slots=True)
class RunReconciliation:
    reconcile: Reconcile
    clock: Clock

    async def __call__(
        self, actor: Actor, provider: str, since: datetime | None, until: datetime | None
    ) -> ReconciliationView:
        """The last two days, if no window is named; raises what Reconcile raises."""
        actor.require(Permission.READ_LEDGER)
        end = until or self.clock.now()
        return ReconciliationView.of(await self.reconcile(provider, since or end - USUAL_WINDOW, end))


@dataclass(frozen=True, slots=True)
class ReconcileEverybody:
    """The two days before midnight, of every provider; doing it again changes nothing."""

    gateways: Gateways
    reconcile: Reconcile

    async def __call__(self, at: datetime) -> None:
        """Raises GatewaySilent at the end if one was: the others are done."""
        until = at.replace(hour=0, minute=0, second=0, microsecond=0)
        silent: GatewaySilent | None = None
        for provider in self.gateways.providers:
            try:
                await self.reconcile(provider, until - USUAL_WINDOW, until)
            except GatewaySilent as error:
                silent = error
        if silent:
            raise silent


def _parts(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + AT_ONCE, until)
        yield since, end
        since = end


async def _statement(gateway: Gateway, since: datetime, until: datetime) -> dict[MovementKey, list[TheirMovement]]:
    lines: dict[MovementKey, list[TheirMovement]] = defaultdict(list)
    for line in await gateway.statement(since, until):
        key = MovementKey(MovementKind(line.kind), line.id)
        lines[key].append(TheirMovement(key=key, amount=line.amount, reference=line.reference, at=line.at))
    return dict(lines)


def _is_captured_there(difference: Difference, ours: OwnMovement) -> bool:
    return (
        difference.kind is DifferenceKind.MISSING_HERE
        and difference.key.kind is MovementKind.CHARGE
        and ours.standing is not Standing.DONE
        and ours.amount is not None
        and ours.posted is None
    )


def _is_under_way(difference: Difference, booked: Sequence[TheirMovement], now: datetime) -> bool:
    return (
        difference.kind is DifferenceKind.MISSING_HERE
        and difference.standing is Standing.UNDER_WAY
        and booked[-1].at > now - ALLOWED_LAG
    )
