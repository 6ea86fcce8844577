from marketplace.adapters.parsing.deliveries import days, terms, where
from marketplace.adapters.parsing.payments import payment, validity
from marketplace.adapters.parsing.reading import Reading
from marketplace.adapters.parsing.subjects import commodity, grade, qualities, side
from marketplace.adapters.parsing.sums import price, quantity
from marketplace.domain.trading.parsed import EXPLICIT, LONGEST_MESSAGE, ParsedTrade

RULES = (commodity, validity, payment, grade, qualities, days, terms, price, quantity, where, side)
"""In this order: what one has understood the next ones leave alone."""


class RuleTradeParser:
    """Rules over a lexicon in English, Hindi in Latin script and Russian."""

    def parse(self, text: str) -> ParsedTrade:
        reading = Reading.of(text[:LONGEST_MESSAGE])
        for rule in RULES:
            rule(reading)
        return ParsedTrade(text, reading.fields if _is_trade(reading) else {})


def _is_trade(reading: Reading) -> bool:
    """Somebody buys or sells a good or a quantity, and does not only ask for the price."""
    fields = reading.fields
    counted = "quantity" in fields
    if any(one.can_be("asking") for one in reading.items) and not counted:
        return False
    side = fields.get("side")
    if side is None:
        return "commodity" in fields and counted
    return counted or ("commodity" in fields and (side.confidence == EXPLICIT or "target_price" in fields))
