"""What strangers send is looked at, and made our own, before it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from marketplace.application.shared.images import ImageEncoder
from marketplace.domain.shared.errors import Invalid, Unavailable


class InfectedFile(Invalid):
    code = "infected_file"


class ScannerUnavailable(Unavailable):
    code = "scanner_unavailable"


class UnusableDocument(Invalid):
    code = "unusable_document"


class VirusScan(Protocol):
    """Slow: never called inside a transaction."""

    async def scan(self, content: bytes) -> None:
        """Raises InfectedFile, naming the field `file`, or ScannerUnavailable."""
        ...


class DocumentInspector(Protocol):
    """Slow: never called inside a transaction."""

    async def require_harmless(self, content: bytes) -> None:
        """A whole PDF, not encrypted, that runs nothing; raises UnusableDocument, naming the field `file`."""
        ...


@dataclass(frozen=True, slots=True)
class SafePdf:
    """As it came."""

    content: bytes


@dataclass(frozen=True, slots=True)
class SafePicture:
    """Re-encoded as WebP, by its greatest width in pixels; `width` and `height` are those of the largest file."""

    files: Mapping[int, bytes]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Intake:
    """A PDF or a picture of somebody, made safe to hand to somebody else. Slow: never inside a transaction."""

    viruses: VirusScan
    inspector: DocumentInspector
    pictures: ImageEncoder

    async def made_safe(self, content: bytes, widths: Sequence[int]) -> SafePdf | SafePicture:
        """Raises InfectedFile, UnusableDocument or UnusableImage, naming the field `file`; or what is unavailable."""
        await self.viruses.scan(content)
        if content.startswith(b"%PDF-"):
            await self.inspector.require_harmless(content)
            return SafePdf(content)
        fitted = await self.pictures.fitted(content, widths)
        return SafePicture(fitted.files, fitted.width, fitted.height)
