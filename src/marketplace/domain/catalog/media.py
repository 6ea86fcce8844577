"""What is shown of a listing: links, and pictures that its seller sent to us, re-encoded by us, in several widths."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Invalid, NotFound

MOST_IMAGES = 10
WIDTHS: Sequence[int] = (320, 800, 1600)
"""Pixels: each file is at most so wide."""
LINKED_WIDTH = 800
"""That of the address which stands among a listing's links."""

OWN_LINK = re.compile(r"/media/listings/[0-9a-f]{32}-(?:320|800|1600)\.webp")


class InvalidMedia(Invalid):
    code = "invalid_media"


class TooManyImages(Conflict):
    code = "too_many_images"


class ImageNotFound(NotFound):
    code = "image_not_found"


@dataclass(frozen=True, slots=True)
class UploadedImage:
    """`width` and `height` are those of its largest file, in pixels. The id cannot be guessed: it is the name."""

    id: UUID
    width: int
    height: int

    def address(self, width: int) -> str:
        return f"/media/listings/{self.id.hex}-{width}.webp"

    @property
    def link(self) -> str:
        return self.address(LINKED_WIDTH)


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


def _require_link(link: str, field: str) -> None:
    if OWN_LINK.fullmatch(link):
        return
    if not link.startswith(("https://", "http://")) or len(link) > 2_048 or any(c <= " " for c in link):
        raise InvalidMedia("must be an http or https address of at most 2048 characters", field=field)
