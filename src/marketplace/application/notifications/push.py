"""Messages to the devices of a person: what one says, and the port that has it sent."""

from datetime import datetime
from typing import Protocol

import msgspec

from marketplace.domain.shared.ids import UserId


class Push(msgspec.Struct, frozen=True):
    """In the language of its recipient. `data` names what to open; a newer one of the same `collapse_key` replaces it.

    The key is of at most 32 URL-safe characters, as the Topic header of Web Push takes them.
    """

    kind: str
    title: str
    body: str
    data: dict[str, str]
    collapse_key: str


class Pushes(Protocol):
    def add(self, to: UserId, push: Push, not_before: datetime | None = None) -> None:
        """Have it sent to every device of the person after the commit of the running transaction, by a job."""
        ...
