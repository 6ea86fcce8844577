"""Every invariant that is checked while the service runs."""

from marketplace.adapters.sql.invariants.books import BOOKS
from marketplace.adapters.sql.invariants.market import MARKET
from marketplace.adapters.sql.invariants.talk import TALK

CHECKED = (*BOOKS, *MARKET, *TALK)
