"""Pictures of a listing that its seller sent to us: re-encoded by us, in several widths, under a name of ours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

WIDTHS: Sequence[int] = (320, 800, 1600)
"""Pixels: each file is at most so wide."""
LINKED_WIDTH = 800
"""That of the address which stands among a listing's links."""

OWN_LINK = re.compile(r"/media/listings/[0-9a-f]{32}-(?:320|800|1600)\.webp")


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
