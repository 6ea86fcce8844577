from typing import Protocol

from marketplace.domain.trading.parsed import ParsedTrade


class TradeParser(Protocol):
    """What people write to each other, read as a trade."""

    def parse(self, text: str) -> ParsedTrade:
        """In time linear in the text; never raises. What is no trade has no fields."""
        ...
