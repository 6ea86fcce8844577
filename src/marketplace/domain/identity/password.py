"""Which passwords are accepted (feature ID-10)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from marketplace.domain.shared.errors import Invalid

LONGEST = 128
ORGANIZATION_DAYS = 90
"""So long a password of an organization's member is good, unless the organization says otherwise."""


class WeakPassword(Invalid):
    code = "weak_password"


class PasswordUsedBefore(Invalid):
    code = "password_used_before"

    def __init__(self) -> None:
        super().__init__("is one of the last 5, choose another", field="password")


def nothing_known(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """`composition` asks for four classes of characters, and `is_known` finds common and breached passwords.

    Without composition (NIST SP 800-63B) a password, being the only factor, has at least 15 characters.
    """

    composition: bool = True
    is_known: Callable[[str], bool] = nothing_known

    @property
    def shortest(self) -> int:
        return 8 if self.composition else 15

    def check(self, password: str, own: Iterable[str] = ()) -> None:
        """`own` are the person's names and addresses. Raises WeakPassword with every reason, also as a fact."""
        reasons = []
        if not self.shortest <= len(password) <= LONGEST:
            reasons.append(f"must have {self.shortest} to {LONGEST} characters")
        if self.composition:
            if not any(character.isupper() for character in password):
                reasons.append("needs an upper-case letter")
            if not any(character.islower() for character in password):
                reasons.append("needs a lower-case letter")
            if not any(character.isdecimal() for character in password):
                reasons.append("needs a digit")
            if all(character.isalnum() for character in password):
                reasons.append("needs a special character such as ! or -")
        if self.is_known(password):
            reasons.append("is among the passwords that are used most or were stolen, choose another")
        if password.casefold() in {name.casefold() for name in own}:
            reasons.append("must not be your own name or address")
        if reasons:
            raise WeakPassword("; ".join(reasons), field="password", reasons=reasons)
