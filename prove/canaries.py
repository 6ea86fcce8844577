"""What no answer, event, log line or row may hold of what tests send: cards, tokens, accounts, devices, our keys."""

import re

import asyncpg

CARDS = (
    "4242424242424242", "4000000000000002", "4000000000000341", "4111111111111111", "5555555555554444",
    "4000000000000069", "4000000000000119", "4000000000000259", "4000000000003220", "4000000000005126",
    "4000000000007726", "4000000000009995", "4000002500003155", "4000056655665556",
)  # fmt: skip
ACCOUNTS = ("AE070331234567890123456", "AE570330000000000000002", "AE220330000000000000341")
"""Where payouts go to."""
KEYS = (
    "sk_test_canary0secret", "whsec_canary0webhook", "whsec_canary0next", "click-secret",
    "a-key-of-thirty-six-characters-12345", "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy",
)  # fmt: skip
"""Of Stripe, Click, Payme and the application."""
TOKENS = (
    r"\y(?:pm_[a-z0-9]\w*|sk_test_\w+|whsec_\w+|tok_always_fails|tok_(?:completes|declined|late|any)_[0-9a-f]{32}"
    r"|push-canary-\w+)"
)
CODE = r"\ycvc\W{1,8}[0-9]{3,4}\y"
PAYING = ("payments.payments", "payments.saved_methods", "payments.payout_accounts")
"""Without rows in one of them there was nothing to leak."""
LOOKED_AT = 20_000
"""Rows of a table: what is beyond them was filled in by SQL."""


def _spaced(text: str) -> str:
    """In groups of four too, as people write them."""
    return "[ -]?".join(text[at : at + 4] for at in range(0, len(text), 4))


_HIDDEN = (*CARDS, *ACCOUNTS, *KEYS)
_PATTERN = "|".join([
    *map(_spaced, (*CARDS, *ACCOUNTS)), *KEYS, TOKENS, CODE, *(text.encode().hex() for text in _HIDDEN),
])  # fmt: skip
"""As PostgreSQL writes it, which shows bytes in hexadecimal."""
_FOUND = re.compile(_PATTERN.replace(r"\y", r"\b"), re.IGNORECASE | re.ASCII)
_BEGINNINGS = {text[:4].lower() for text in _HIDDEN} | {text[:4].encode().hex() for text in _HIDDEN}
_MARKS = (*_BEGINNINGS, "push-canary", "pm_", "sk_test_", "whsec_", "tok_", "cvc")
"""A text without any of them, as nearly all are, needs no slow look."""

_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1
"""
_ROWS = (
    "(SELECT '{0}', substring(row::text FROM $1) FROM (SELECT * FROM {0} LIMIT $2) row WHERE row::text ~* $1 LIMIT 3)"
)


def leaks(text: str | bytes) -> list[str]:
    """Which of them it holds."""
    text = (text if isinstance(text, str) else text.decode(errors="replace")).lower()
    return _FOUND.findall(text) if any(mark in text for mark in _MARKS) else []


async def leaking_rows(dsn: str) -> list[str]:
    """The tables of a database where somebody paid or is paid, with what they hold of it."""
    connection = await asyncpg.connect(dsn)
    try:
        paid = " OR ".join(f"EXISTS (SELECT FROM {table})" for table in PAYING)
        if not await connection.fetchval(f"SELECT {paid}"):
            return []
        tables = [row[0] for row in await connection.fetch(_TABLES)]
        rows = await connection.fetch(" UNION ALL ".join(map(_ROWS.format, tables)), _PATTERN, LOOKED_AT)
        return [f"{table} holds {text}" for table, text in rows]
    finally:
        await connection.close()
