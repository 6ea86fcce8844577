from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from marketplace.domain.shared.ids import UserId


class Push(msgspec.Struct, frozen=True):
    """What a person's devices show. Of two with the same `collapse` a device shows the later one alone.

    `data` is what the app opens with: ids and other small facts, no secrets.
    """

    kind: str
    title: str
    body: str
    data: Mapping[str, object]
    collapse: str | None = None


class Pushes(Protocol):
    def add(self, to: UserId, push: Push, not_before: datetime | None = None) -> None:
        """Within a transaction: after its commit it goes to every device of the person, once to each."""
        ...
