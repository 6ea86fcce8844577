from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import NAMESPACE_OID, UUID, uuid5

from marketplace.domain.shared.ids import ListingId


class SubjectKind(StrEnum):
    LISTING = "listing"
    PACKAGE = "package"
    TRADE = "trade"
    LOT = "lot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What people negotiate over, order and hold: a listing, several of one seller, a trade or a tested lot.

    `listings`, in order of their ids, are those of a listing or a package. A package of the same listings has the same
    id whoever asks for it.
    """

    kind: SubjectKind
    id: UUID
    listings: tuple[ListingId, ...] = ()

    @classmethod
    def of_listings(cls, *listings: ListingId) -> Self:
        if len(listings) == 1:
            return cls(kind=SubjectKind.LISTING, id=listings[0], listings=listings)
        ordered = tuple(sorted(listings))
        package = uuid5(NAMESPACE_OID, "package " + " ".join(map(str, ordered)))
        return cls(kind=SubjectKind.PACKAGE, id=package, listings=ordered)
