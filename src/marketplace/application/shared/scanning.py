from typing import Protocol

from marketplace.domain.shared.errors import Invalid, Unavailable


class InfectedFile(Invalid):
    code = "infected_file"


class ScannerUnavailable(Unavailable):
    code = "scanner_unavailable"


class VirusScan(Protocol):
    """Slow: never called inside a transaction."""

    async def scan(self, content: bytes) -> None:
        """Raises InfectedFile, naming the field `file`, or ScannerUnavailable."""
        ...
