"""The wire format of Click's SHOP-API: forms in, JSON out. Its other APIs are different protocols."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec

from marketplace.domain.payments.click import ClickTransaction, signature

BAD_SIGN, WRONG_AMOUNT, NO_ACTION, PAID, NO_PAYMENT, NO_TRANSACTION, BAD_REQUEST, CANCELLED = (
    -1, -2, -3, -4, -5, -6, -8, -9,
)  # fmt: skip
WORDS: Mapping[int, str] = {
    0: "Success", BAD_SIGN: "SIGN CHECK FAILED!", WRONG_AMOUNT: "Incorrect parameter amount",
    NO_ACTION: "Action not found", PAID: "Already paid", NO_PAYMENT: "User does not exist",
    NO_TRANSACTION: "Transaction does not exist", BAD_REQUEST: "Error in request from click",
    CANCELLED: "Transaction cancelled",
}  # fmt: skip
PREPARE, COMPLETE = "0", "1"
LARGEST = 2**63 - 1
_FIELDS: Mapping[str, re.Pattern[str]] = {
    "click_trans_id": re.compile(r"[0-9]{1,19}"), "service_id": re.compile(r"[0-9]{1,19}"),
    "click_paydoc_id": re.compile(r"[0-9]{1,19}"), "merchant_trans_id": re.compile(r"[^\x00-\x1f]{1,255}"),
    "amount": re.compile(r"[0-9]{1,16}(\.[0-9]{1,16})?"), "action": re.compile(r"-?[0-9]{1,9}"),
    "error": re.compile(r"-?[0-9]{1,9}"), "error_note": re.compile(r"[^\x00]{0,1000}"),
    "sign_time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"),
    "sign_string": re.compile(r"[0-9a-fA-F]{32}"),
}  # fmt: skip
_NUMBERS = ("click_trans_id", "click_paydoc_id", "merchant_prepare_id")
_PREPARE_ID = re.compile(r"[0-9]{1,19}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ClickRefusal(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickTerms:
    """`secret` is empty where Click is not set up. `networks` are those that Click calls from, any where there are
    none. `asks_back`: an outcome counts once Click's Merchant API has confirmed it."""

    service_id: str = ""
    secret: str = field(default="", repr=False)
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    asks_back: bool = False

    def is_near(self, address: str) -> bool:
        try:
            return not self.networks or any(ip_address(address) in network for network in self.networks)
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Form:
    """The texts as received."""

    fields: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    def number(self, name: str) -> int:
        return int(self.fields[name])

    @property
    def payment_id(self) -> UUID:
        """Raises ClickRefusal: our ids have one shape, so no other field can be read as a part of one."""
        if not _UUID.fullmatch(self["merchant_trans_id"]):
            raise ClickRefusal(NO_PAYMENT)
        return UUID(self["merchant_trans_id"])

    @property
    def without_secrets(self) -> str:
        return urlencode({**self.fields, "sign_string": "***"})


def read(content_type: str, body: bytes) -> Form:
    """All fields that every call has, each once and in its form. Raises ClickRefusal."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise ClickRefusal(BAD_REQUEST)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=32
        )
    except ValueError:
        raise ClickRefusal(BAD_REQUEST) from None
    fields = dict(pairs)
    well_formed = all(name in fields and form.fullmatch(fields[name]) for name, form in _FIELDS.items())
    if len(fields) != len(pairs) or not well_formed:
        raise ClickRefusal(BAD_REQUEST)
    if fields["action"] == COMPLETE and not _PREPARE_ID.fullmatch(fields.get("merchant_prepare_id", "")):
        raise ClickRefusal(BAD_REQUEST)
    if any(int(fields[name]) > LARGEST for name in _NUMBERS if fields.get(name, "").isdigit()):
        raise ClickRefusal(BAD_REQUEST)
    return Form(fields)


def require_authentic(form: Form, action: str, terms: ClickTerms) -> None:
    """In the order of the vendor's test cases. Raises ClickRefusal."""
    expected = signature(form.fields, terms.secret)
    if not terms.secret or not hmac.compare_digest(expected, form["sign_string"].lower()):
        raise ClickRefusal(BAD_SIGN)
    if form["service_id"] != terms.service_id:
        raise ClickRefusal(BAD_REQUEST)
    if form["action"] != action:
        raise ClickRefusal(NO_ACTION)


def answer(form: Form, transaction: ClickTransaction, name: str) -> bytes:
    """`name`: merchant_prepare_id or merchant_confirm_id. Of the record alone: repeated, it is the same."""
    return msgspec.json.encode({
        "click_trans_id": transaction.id, "merchant_trans_id": form["merchant_trans_id"], name: transaction.number,
        "error": 0, "error_note": WORDS[0],
    })  # fmt: skip


def refuse(code: int, form: Form | None = None) -> bytes:
    about = (
        {"click_trans_id": form.number("click_trans_id"), "merchant_trans_id": form["merchant_trans_id"]}
        if form else {}
    )  # fmt: skip
    return msgspec.json.encode({**about, "error": code, "error_note": WORDS[code]})
