"""A listing: something offered at a price, by one seller, to one buyer in the end."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.domain.catalog.events import (
    ListingEvent,
    ListingPaused,
    ListingPublished,
    ListingRemoved,
    ListingResumed,
    ListingReviewed,
    ListingRevised,
    ListingSubmitted,
    ListingTakenDown,
)
from marketplace.domain.catalog.media import MOST_IMAGES, ImageNotFound, Media, TooManyImages, UploadedImage
from marketplace.domain.catalog.moderation import Decision
from marketplace.domain.catalog.review import Concern, concerns_about, texts_of
from marketplace.domain.catalog.standing import LISTING_MOVES, ListingStatus, Withheld
from marketplace.domain.catalog.terms import InvalidTerms, Kind, KindTerms, ProductTerms, ServiceTerms
from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

MOST_TAGS = 20


class ListingNotFound(NotFound):
    code = "listing_not_found"


class ListingNotAvailable(Conflict):
    code = "listing_not_available"


class NotYourListing(Forbidden):
    code = "not_your_listing"


class ListingWithheld(Conflict):
    code = "listing_withheld"


class TooManyProducts(Conflict):
    code = "too_many_products"


class TextNotAllowed(Invalid):
    code = "text_not_allowed"


class UnknownCategory(Invalid):
    code = "unknown_category"


class VideoRequired(Invalid):
    code = "video_required"


class TooManyTags(Invalid):
    code = "too_many_tags"


class WrongChannel(Invalid):
    code = "wrong_channel"


class Channel(StrEnum):
    """Where a listing is shown; the fee follows from it."""

    COMMUNITY = "community"
    DISCOVER = "discover"
    SERVICES = "services"


class Audience(StrEnum):
    """Who may see it: everybody, or those who follow the seller."""

    EVERYONE = "everyone"
    FOLLOWERS = "followers"


_S = ListingStatus
_ON_THE_MARKET = frozenset({_S.ACTIVE, _S.PAUSED})
_REVISABLE = frozenset({_S.DRAFT, _S.PENDING_REVIEW}) | _ON_THE_MARKET
_REMOVABLE = _REVISABLE | {_S.REJECTED}


@dataclass(slots=True, kw_only=True, eq=False)
class Listing(Aggregate):
    id: ListingId
    seller: UserId
    title: str
    description: str
    price: Money
    category: str
    channel: Channel
    terms: KindTerms = field(default_factory=ProductTerms)
    audience: Audience = Audience.EVERYONE
    media: Media = field(default_factory=Media)
    images: tuple[UploadedImage, ...] = ()
    """What was uploaded of the images in `media`, in their order: one that is linked no more is dropped."""
    location: Location | None = None
    neighborhood: str | None = None
    tags: tuple[str, ...] = ()
    status: ListingStatus = ListingStatus.DRAFT
    withheld: Withheld | None = None
    created_at: datetime

    def __post_init__(self) -> None:
        self.title = clean_text(self.title, field="title", longest=120, shortest=3)
        self.description = clean_text(self.description, field="description", longest=5_000, shortest=0)
        if self.neighborhood is not None:
            self.neighborhood = clean_text(self.neighborhood, field="neighborhood", longest=120)
        uploaded = {image.link: image for image in self.images}
        self.images = tuple(uploaded[link] for link in dict.fromkeys(self.media.images) if link in uploaded)
        if len(self.tags) > MOST_TAGS:
            raise TooManyTags(f"at most {MOST_TAGS} tags", field="tags")
        self.tags = tuple(clean_text(tag, field=f"tags[{index}]", longest=40) for index, tag in enumerate(self.tags))
        if isinstance(self.terms, ServiceTerms) is not (self.channel is Channel.SERVICES):
            raise WrongChannel("services, and nothing else, are shown on the channel services", field="feed_type")
        packages = self.terms.packages if isinstance(self.terms, ServiceTerms) else ()
        if any(one.price.currency != self.price.currency for one in packages):
            raise InvalidTerms("packages have the currency of the price", field="currency")
        if self.channel is Channel.DISCOVER and not (self.media.video or "").partition("?")[0].endswith(".m3u8"):
            raise VideoRequired(
                "the discover feed shows videos: give the address of an m3u8 playlist", field="video_url"
            )

    @property
    def kind(self) -> Kind:
        return self.terms.kind

    @property
    def concerns(self) -> frozenset[Concern]:
        """What the rules hold against it as it is."""
        said = {"title": self.title, "description": self.description, "tags": ", ".join(self.tags)}
        return concerns_about(said | {"neighborhood": self.neighborhood or ""} | texts_of(self.terms))

    def require_kind(self, kind: Kind) -> None:
        """Raises ListingNotFound for one of another kind."""
        if self.kind is not kind:
            raise ListingNotFound(f"no such {kind}")

    def require_owner(self, user: UserId) -> None:
        """For who may see it; raises NotYourListing."""
        if user != self.seller:
            raise NotYourListing("only its seller may do this")
        if self.status is _S.REMOVED:
            raise ListingNotFound("no such product")

    def revise(self, now: datetime, **changes: Any) -> None:
        """Change what it says, by the names of the fields; nothing changes if any of it is refused.

        What is on the market takes no text that the rules hold: raises TextNotAllowed. What waits for a moderator is
        submitted anew, or published if the rules hold nothing any more.
        """
        self.require_revisable()
        if "media" in changes:
            changes = {"images": self.images, **changes}
        wanted = replace(self, **changes)
        changed = tuple(name for name in changes if getattr(wanted, name) != getattr(self, name))
        if not changed:
            return
        if self.status in _ON_THE_MARKET and (fresh := wanted.concerns - self.concerns):
            worst = min(fresh)
            raise TextNotAllowed(str(worst), field=worst.field)
        for name in changed:
            setattr(self, name, getattr(wanted, name))
        self._record(self._event(ListingRevised, now, fields=changed))
        if self.status is _S.PENDING_REVIEW:
            self._submit(now)

    def require_revisable(self) -> None:
        """Raises ListingNotAvailable, or ListingWithheld."""
        self._require(*_REVISABLE)
        if self.status is _S.PENDING_REVIEW:
            self._require_not_withheld()

    def require_room_for_image(self) -> None:
        """Raises TooManyImages, or ListingNotAvailable."""
        self.require_revisable()
        if len(self.media.images) >= MOST_IMAGES:
            raise TooManyImages(f"a listing has at most {MOST_IMAGES} images; remove one first")

    def add_image(self, image: UploadedImage, now: datetime) -> None:
        """Behind the others; one that is there already stays as it is."""
        if image in self.images:
            return
        self.require_room_for_image()
        media = replace(self.media, images=(*self.media.images, image.link))
        self.revise(now, media=media, images=(*self.images, image))

    def remove_image(self, image_id: UUID, now: datetime) -> None:
        """Raises ImageNotFound."""
        image = next((image for image in self.images if image.id == image_id), None)
        if image is None:
            raise ImageNotFound("the listing has no such image")
        links = tuple(link for link in self.media.images if link != image.link)
        self.revise(now, media=replace(self.media, images=links))

    def publish(self, now: datetime) -> None:
        """At once, or after a moderator has looked at it, where the rules hold something against it."""
        self._require(_S.DRAFT)
        self._submit(now)

    def _submit(self, now: datetime) -> None:
        if self.concerns:
            self.status = _S.PENDING_REVIEW
            self._record(self._event(ListingSubmitted, now))
        else:
            self._move(_S.ACTIVE)
            self._record(self._event(ListingPublished, now))

    def pause(self, now: datetime) -> None:
        self._require(_S.ACTIVE)
        self._move(_S.PAUSED)
        self._record(self._event(ListingPaused, now))

    def resume(self, now: datetime) -> None:
        self._require(_S.PAUSED)
        self._require_not_withheld()
        self._move(_S.ACTIVE)
        self._record(self._event(ListingResumed, now))

    def remove(self, now: datetime) -> None:
        """By its seller, who waits for the end of an order over it."""
        self._require(*_REMOVABLE)
        self._move(_S.REMOVED)
        self._record(self._event(ListingRemoved, now))

    def decide(self, decision: Decision, reason: str | None, by: UserId, now: datetime) -> None:
        """A moderator's word on what waits for it."""
        self._require(_S.PENDING_REVIEW)
        if decision is Decision.APPROVE:
            self._require_not_withheld()
            self._move(_S.ACTIVE)
            self._record(self._event(ListingPublished, now))
        else:
            self._move(_S.REJECTED)
        self._record(self._event(ListingReviewed, now, by=by, decision=decision, reason=reason))

    def take_down(self, reason: str, by: UserId, now: datetime) -> None:
        """Whatever its seller does; an order over it goes its own way."""
        self._move(_S.REMOVED)
        self._record(self._event(ListingTakenDown, now, by=by, reason=reason))
        self._record(self._event(ListingRemoved, now))

    def reserve(self) -> None:
        """Hold it for one buyer until the order is paid or expires."""
        self._move(ListingStatus.RESERVED)

    def release(self) -> None:
        """Back on the market: its order was not paid in time."""
        self._require(_S.RESERVED)
        self._move(ListingStatus.ACTIVE)

    def sell(self) -> None:
        self._move(ListingStatus.SOLD)

    def _require(self, *statuses: ListingStatus) -> None:
        if self.status not in statuses:
            raise ListingNotAvailable(f"the listing is {self.status}", listing_id=self.id, status=self.status)

    def _require_not_withheld(self) -> None:
        if self.withheld is not None:
            raise ListingWithheld("its seller's account is suspended", listing_id=self.id)

    def _move(self, to: ListingStatus) -> None:
        self._require(*(source for source, moves in LISTING_MOVES.items() if to in moves))
        self.status = to

    def _event(self, kind: type[ListingEvent], now: datetime, **facts: Any) -> ListingEvent:
        return kind(occurred_at=now, listing_id=self.id, seller=self.seller, **facts)
