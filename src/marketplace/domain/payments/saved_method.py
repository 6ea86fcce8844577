"""Methods of payment that a person saved: the provider's token stands for them, never a card number."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId

SavedMethodId = NewType("SavedMethodId", UUID)

MOST_SAVED = 20


class SavedMethodNotFound(NotFound):
    code = "saved_method_not_found"


class SavedMethodRefused(Invalid):
    code = "saved_method_refused"


class TooManySavedMethods(Conflict):
    code = "too_many_saved_methods"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCard:
    """What a person sees of it."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(slots=True, kw_only=True)
class SavedMethod:
    id: SavedMethodId
    provider: str
    card: SavedCard
    sealed_token: bytes = field(repr=False)
    fingerprint: bytes = field(repr=False)
    """The same for the same token."""
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class SavedMethods:
    """All of one person's, oldest first. While there are any, one is the default."""

    user_id: UserId
    methods: list[SavedMethod]
    default: SavedMethodId | None

    def add(self, method: SavedMethod, *, as_default: bool) -> SavedMethod:
        """The one that is kept: saved before, it stays that one. Raises TooManySavedMethods."""
        same = (one for one in self.methods if (one.provider, one.fingerprint) == (method.provider, method.fingerprint))
        kept = next(same, None)
        if kept is None:
            if len(self.methods) >= MOST_SAVED:
                raise TooManySavedMethods(f"there are {MOST_SAVED} saved methods already; delete one that is not used")
            self.methods.append(method)
            kept = method
        if as_default or self.default is None:
            self.default = kept.id
        return kept

    def remove(self, method_id: SavedMethodId) -> SavedMethod:
        """The newest of the others takes its place as the default. Raises SavedMethodNotFound."""
        found = self.get(method_id)
        self.methods.remove(found)
        if self.default == method_id:
            self.default = self.methods[-1].id if self.methods else None
        return found

    def make_default(self, method_id: SavedMethodId) -> SavedMethod:
        """Raises SavedMethodNotFound."""
        found = self.get(method_id)
        self.default = method_id
        return found

    def get(self, method_id: SavedMethodId) -> SavedMethod:
        """Raises SavedMethodNotFound."""
        for method in self.methods:
            if method.id == method_id:
                return method
        raise SavedMethodNotFound("no such saved method", method_id=method_id)
