from collections.abc import Mapping, Sequence
from typing import Protocol

from marketplace.domain.shared.errors import Invalid, Unavailable

LARGEST_IMAGE = 5 * 1024 * 1024
"""Bytes."""


class UnusableImage(Invalid):
    code = "unusable_image"


class ImagesBusy(Unavailable):
    code = "images_busy"


class ImageEncoder(Protocol):
    """Makes our own pictures of those that strangers send; theirs are never stored or shown.

    Slow: never called inside a transaction. Raises UnusableImage, naming the field `file`, or ImagesBusy.
    """

    async def squares(self, upload: bytes, edges: Sequence[int]) -> Mapping[int, bytes]:
        """The middle of a JPEG, PNG or WebP, upright and without metadata, as WebP by edge in pixels."""
        ...
