from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from marketplace.application.identity.views import UserView
from marketplace.domain.shared.ids import UserId


class WorkerView(msgspec.Struct, frozen=True):
    """A seller as the directory of workers shows them."""

    id: UserId
    username: str
    full_name: str
    avatar_url: str | None
    is_verified: bool
    rating: float | None
    headline: Annotated[str, Meta(examples=["Electrician, 12 years in Tashkent"])]
    bio: Annotated[str, Meta(examples=["Wiring, lighting, and fuse boxes."])]
    skills: Annotated[list[str], Meta(examples=[["wiring", "lighting"]])]
    hourly_rate: Annotated[Decimal, Meta(examples=[90.00])] | None
    currency: str | None
    is_available: bool


class PersonalDataView(msgspec.Struct, frozen=True):
    """What is stored about a person. `records` are by kind, the newest first; those in `incomplete` have more.

    Money in records is in the currency's minor units.
    """

    generated_at: datetime
    account: UserView
    records: Annotated[dict[str, list[msgspec.Raw]], Meta(examples=[{"orders": [], "sessions": []}])]
    incomplete: Annotated[list[str], Meta(examples=[[]])]
