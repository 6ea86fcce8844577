"""PAYME_* and CLICK_*: what they are, and what is wrong with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from marketplace.application.payments.payme_protocol import BUSY_ACCOUNT
from marketplace.entrypoints.wiring import values
from marketplace.entrypoints.wiring.reader import Problem
from marketplace.entrypoints.wiring.values import Secret

PAYME_ADDRESSES = "185.234.113.1/32,185.234.113.2/31,185.234.113.4/30,185.234.113.8/29"
"""What Payme says it calls from: 185.234.113.1 to 15."""
PAYME = ("MERCHANT_ID", "KEY", "TEST_KEY", "LOGIN", "IPS", "CHECKOUT_URL", "BUSY_CODE")
CLICK_ACCOUNT = ("SERVICE_ID", "MERCHANT_ID", "MERCHANT_USER_ID", "SECRET_KEY")
"""What Click gives a merchant, all of it at once."""
CLICK = (*CLICK_ACCOUNT, "IPS", "API_BASE", "PAY_URL")

Given = Mapping[str, Secret]


@dataclass(frozen=True, slots=True)
class Named:
    """Settings of one prefix, by the rest of their names."""

    prefix: str
    given: Given

    def __call__(self, name: str, default: str = "") -> str:
        found = self.given.get(f"{self.prefix}{name}")
        return found.reveal().strip() if found else default


def problems(payme: Given, click: Given, *, is_production: bool) -> list[Problem]:
    return [
        *_unknown("PAYME_", PAYME, payme), *_unknown("CLICK_", CLICK, click),
        *_payme(Named("PAYME_", payme), is_production=is_production), *_click(Named("CLICK_", click)),
    ]  # fmt: skip


def _payme(payme: Named, *, is_production: bool) -> list[Problem]:
    key = payme("KEY") if is_production else payme("KEY") or payme("TEST_KEY")
    found = []
    if key and not payme("MERCHANT_ID"):
        found.append(Problem("PAYME_MERCHANT_ID", "is missing beside the key", "set the id of your cash box at Payme"))
    if not key and (payme("MERCHANT_ID") or payme("TEST_KEY")):
        found.append(Problem("PAYME_KEY", "is missing beside the other PAYME_ settings", "set the key of the cash box"))
    code = payme("BUSY_CODE", str(BUSY_ACCOUNT))
    if not re.fullmatch(r"-310[5-9][0-9]", code):
        found.append(Problem("PAYME_BUSY_CODE", "is no error of an account", f"for example {BUSY_ACCOUNT}"))
    return found + _addresses(payme) + _urls(payme, "CHECKOUT_URL", "https://checkout.paycom.uz")


def _click(click: Named) -> list[Problem]:
    given = [name for name in CLICK_ACCOUNT if click(name)]
    found = []
    if given and len(given) < len(CLICK_ACCOUNT):
        missing = next(name for name in CLICK_ACCOUNT if name not in given)
        together = ", ".join(f"CLICK_{name}" for name in CLICK_ACCOUNT)
        found.append(Problem(f"CLICK_{missing}", f"is missing beside CLICK_{given[0]}", f"set {together} together"))
    urls = _urls(click, "API_BASE", "https://api.click.uz/v2/merchant")
    return found + _addresses(click) + urls + _urls(click, "PAY_URL", "https://my.click.uz/services/pay")


def _unknown(prefix: str, names: tuple[str, ...], given: Given) -> list[Problem]:
    known = ", ".join(names)
    return [
        Problem(name[:80], "is not a setting", f"after {prefix} comes one of {known}")
        for name in sorted(given)
        if name.removeprefix(prefix) not in names
    ]


def _addresses(named: Named) -> list[Problem]:
    try:
        values.networks(named("IPS"))
    except ValueError as error:
        return [Problem(f"{named.prefix}IPS", str(error), f"for example {named.prefix}IPS=185.234.113.8/29")]
    return []


def _urls(named: Named, name: str, example: str) -> list[Problem]:
    """Plain http for a provider on this machine only."""
    text = named(name, example)
    parts = urlsplit(text)
    is_local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.hostname and (parts.scheme == "https" or is_local):
        return []
    return [Problem(f"{named.prefix}{name}", "must begin with https://", f"for example {example}")]
