"""A listing: something offered at a price, by one seller, to one buyer in the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from marketplace.domain.catalog.images import OWN_LINK, UploadedImage
from marketplace.domain.catalog.terms import Kind, KindTerms, ProductTerms, ServiceTerms
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

MOST_IMAGES = 10
MOST_TAGS = 20


class ListingNotFound(NotFound):
    code = "listing_not_found"


class ListingNotAvailable(Conflict):
    code = "listing_not_available"


class NotYourListing(Forbidden):
    code = "not_your_listing"


class UnknownCategory(Invalid):
    code = "unknown_category"


class VideoRequired(Invalid):
    code = "video_required"


class InvalidMedia(Invalid):
    code = "invalid_media"


class TooManyImages(Conflict):
    code = "too_many_images"


class ImageNotFound(NotFound):
    code = "image_not_found"


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


class ListingStatus(StrEnum):
    DRAFT = "draft"
    PENDING_REVIEW = "pending_review"
    ACTIVE = "active"
    REJECTED = "rejected"
    PAUSED = "paused"
    RESERVED = "reserved"
    SOLD = "sold"
    REMOVED = "removed"


class Withheld(StrEnum):
    """Why a listing is kept off the market whatever its seller does: the account is suspended, or gone."""

    SUSPENDED = "suspended"
    CLOSED = "closed"


_S = ListingStatus
LISTING_MOVES: Mapping[ListingStatus, frozenset[ListingStatus]] = {
    _S.DRAFT: frozenset({_S.PENDING_REVIEW, _S.ACTIVE, _S.REMOVED}),
    _S.PENDING_REVIEW: frozenset({_S.ACTIVE, _S.REJECTED, _S.REMOVED}),
    _S.REJECTED: frozenset({_S.REMOVED}),
    _S.ACTIVE: frozenset({_S.PAUSED, _S.RESERVED, _S.REMOVED}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.REMOVED}),
    _S.RESERVED: frozenset({_S.ACTIVE, _S.PAUSED, _S.SOLD, _S.REMOVED}),
    _S.SOLD: frozenset(),
    _S.REMOVED: frozenset(),
}


_RELEASED_TO = {None: _S.ACTIVE, Withheld.SUSPENDED: _S.PAUSED, Withheld.CLOSED: _S.REMOVED}
_WITHDRAWN = frozenset({_S.PAUSED, _S.REMOVED})
_REVISABLE = frozenset({_S.DRAFT, _S.PENDING_REVIEW, _S.ACTIVE, _S.PAUSED})
SHOWN = frozenset({_S.ACTIVE, _S.RESERVED, _S.SOLD})
"""What others may read of, by its id."""


@dataclass(slots=True, kw_only=True)
class Standing:
    """Where a listing stands on the market, without what it says."""

    listing_id: ListingId
    status: ListingStatus
    withheld: Withheld | None = None

    def withhold(self, why: Withheld) -> None:
        """What is reserved stays until its order ends; what its seller has paused is not ours to bring back."""
        if self.status is _S.RESERVED:
            self.withheld = why
        elif why is Withheld.CLOSED and _S.REMOVED in LISTING_MOVES[self.status]:
            self.status, self.withheld = _S.REMOVED, why
        elif why is Withheld.SUSPENDED and self.status is _S.ACTIVE:
            self.status, self.withheld = _S.PAUSED, why

    def give_back(self) -> None:
        """The suspension is over."""
        if self.withheld is Withheld.SUSPENDED:
            self.withheld = None
            if self.status is _S.PAUSED:
                self.status = _S.ACTIVE

    def after_order(self, wanted: ListingStatus) -> ListingStatus | None:
        """What becomes of it when its order ends; None: it was withdrawn meanwhile and stays so."""
        if self.status in _WITHDRAWN and wanted is not _S.REMOVED:
            return None
        return _RELEASED_TO[self.withheld] if wanted is _S.ACTIVE else wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPublished(DomainEvent):
    name: ClassVar[str] = "catalog.listing_published.v1"
    listing_id: ListingId
    seller: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRevised(DomainEvent):
    """`fields`: the names of what was changed."""

    name: ClassVar[str] = "catalog.listing_revised.v1"
    listing_id: ListingId
    seller: UserId
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Links to what is shown; a video is an HLS playlist. Those to other hosts are text: we never fetch them."""

    images: tuple[str, ...] = ()
    video: str | None = None
    video_thumbnail: str | None = None

    def __post_init__(self) -> None:
        if len(self.images) > MOST_IMAGES:
            raise InvalidMedia(f"at most {MOST_IMAGES} images", field="image_urls")
        for index, image in enumerate(self.images):
            _require_link(image, f"image_urls[{index}]")
        if self.video is not None:
            _require_link(self.video, "video_url")
        if self.video_thumbnail is not None:
            _require_link(self.video_thumbnail, "video_thumbnail_url")


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
        if self.channel is Channel.DISCOVER and not (self.media.video or "").partition("?")[0].endswith(".m3u8"):
            raise VideoRequired(
                "the discover feed shows videos: give the address of an m3u8 playlist", field="video_url"
            )

    @property
    def kind(self) -> Kind:
        return self.terms.kind

    def require_owner(self, user: UserId) -> None:
        """Raises NotYourListing, or ListingNotFound where the listing is none of the asker's business."""
        if user != self.seller:
            if self.status in SHOWN and self.audience is Audience.EVERYONE:
                raise NotYourListing("only its seller may do this")
            raise ListingNotFound("no such product")
        if self.status is _S.REMOVED:
            raise ListingNotFound("no such product")

    def revise(self, now: datetime, **changes: Any) -> None:
        """Change what it says, by the names of the fields; nothing changes if any of it is refused."""
        self.require_revisable()
        if "media" in changes:
            changes = {"images": self.images, **changes}
        wanted = replace(self, **changes)
        changed = tuple(name for name in changes if getattr(wanted, name) != getattr(self, name))
        for name in changed:
            setattr(self, name, getattr(wanted, name))
        if changed:
            self._record(ListingRevised(occurred_at=now, listing_id=self.id, seller=self.seller, fields=changed))

    def require_revisable(self) -> None:
        """Raises ListingNotAvailable."""
        if self.status not in _REVISABLE:
            raise ListingNotAvailable(f"the listing is {self.status}", listing_id=self.id, status=self.status)

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
        self._move(ListingStatus.ACTIVE)
        self._record(ListingPublished(occurred_at=now, listing_id=self.id, seller=self.seller))

    def reserve(self) -> None:
        """Hold it for one buyer until the order is paid or expires."""
        self._move(ListingStatus.RESERVED)

    def release(self) -> None:
        """Back on the market: its order was not paid in time."""
        self._move(ListingStatus.ACTIVE)

    def sell(self) -> None:
        self._move(ListingStatus.SOLD)

    def _move(self, to: ListingStatus) -> None:
        if to not in LISTING_MOVES[self.status]:
            raise ListingNotAvailable(f"the listing is {self.status}", listing_id=self.id, status=self.status)
        self.status = to


def _require_link(link: str, field: str) -> None:
    if OWN_LINK.fullmatch(link):
        return
    if not link.startswith(("https://", "http://")) or len(link) > 2_048 or any(c <= " " for c in link):
        raise InvalidMedia("must be an http or https address of at most 2048 characters", field=field)
