"""A chargeback: the payer's bank takes a payment back, for good or until it is decided. It lies over the payment's
state, and the bank's news may come late, twice and out of order."""

from collections.abc import Mapping
from enum import StrEnum


class ChargebackStage(StrEnum):
    NONE = "none"
    EARLY_WARNING = "early_warning"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


_S = ChargebackStage
_ENDS = frozenset({_S.WON, _S.LOST, _S.PREVENTED})
CHARGEBACK_MOVES: Mapping[ChargebackStage, frozenset[ChargebackStage]] = {
    _S.NONE: frozenset({_S.EARLY_WARNING, _S.NEEDS_RESPONSE, _S.UNDER_REVIEW}) | _ENDS,
    _S.EARLY_WARNING: frozenset({_S.NEEDS_RESPONSE, _S.UNDER_REVIEW}) | _ENDS,
    _S.NEEDS_RESPONSE: frozenset({_S.UNDER_REVIEW}) | _ENDS,
    _S.UNDER_REVIEW: _ENDS,
    _S.WON: frozenset(),
    _S.LOST: frozenset(),
    _S.PREVENTED: frozenset(),
}
"""Only forward: news of an earlier stage change nothing."""
WITHDRAWN = frozenset({_S.NEEDS_RESPONSE, _S.UNDER_REVIEW})
"""The bank holds the money until it decides."""
