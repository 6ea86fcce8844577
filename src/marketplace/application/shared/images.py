from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from marketplace.domain.shared.errors import Invalid, Unavailable

LARGEST_IMAGE = 5 * 1024 * 1024
"""Bytes."""


class UnusableImage(Invalid):
    code = "unusable_image"


class ImagesBusy(Unavailable):
    code = "images_busy"


@dataclass(frozen=True, slots=True)
class Fitted:
    """`width` and `height` are those of the largest file, in pixels; `files` are by the edge that was asked for."""

    width: int
    height: int
    files: Mapping[int, bytes]


class ImageEncoder(Protocol):
    """Makes our own pictures of those that strangers send; theirs are never stored or shown.

    Slow: never called inside a transaction. Raises UnusableImage, naming the field `file`, or ImagesBusy.
    """

    async def squares(self, upload: bytes, edges: Sequence[int]) -> Mapping[int, bytes]:
        """The middle of a JPEG, PNG or WebP, upright and without metadata, as WebP by edge in pixels."""
        ...

    async def fitted(self, upload: bytes, widths: Sequence[int]) -> Fitted:
        """All of such a picture, upright and without metadata, as WebP of at most each width and never enlarged.

        Its sides keep their proportion; a file is at most four times as high as its width may be.
        """
        ...
