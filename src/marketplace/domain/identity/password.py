"""Which passwords are accepted (feature ID-10)."""

from dataclasses import dataclass

from marketplace.domain.shared.errors import Invalid

SHORTEST, LONGEST = 8, 128

_COMMON = """
12345678 123456789 1234567890 11111111 00000000 87654321 password password1 password12 password123 password1!
password12! password123! password@1 password@123 password1234 passw0rd passw0rd! p@ssw0rd p@ssw0rd! p@ssw0rd1
p@ssw0rd1! p@ssw0rd123 p@$$w0rd p@$$w0rd1 p@55w0rd pa$$w0rd pa$$w0rd1 pa$$word1 passwort1! qwertyuiop qwerty123
qwerty123! qwerty1! qwerty12! qwerty@123 qwerty12345 1q2w3e4r 1q2w3e4r! 1qaz2wsx 1qaz2wsx! 1qaz@wsx !qaz2wsx
q1w2e3r4 q1w2e3r4! zaq12wsx zaq1@wsx asdfghjkl asdf1234 asdf1234! abcd1234 abcd1234! abcd@1234 abc12345
abc12345! abc@1234 abc123!@# aa123456 aa123456! aa123456@ aa@123456 a1b2c3d4 a1b2c3d4! admin123 admin123!
admin@123 admin1234 admin1234! administrator administrator1! welcome1 welcome1! welcome12! welcome123
welcome123! welcome@1 welcome@123 letmein1 letmein1! letmein123 letmein123! changeme changeme1 changeme1!
changeme123! iloveyou iloveyou1 iloveyou1! sunshine sunshine1 sunshine1! princess princess1 princess1! football
football1 football1! baseball baseball1! superman superman1! monkey123 monkey123! dragon123 dragon123! master123
master123! trustno1 trustno1! whatever1! summer2024! summer2025! summer2026! winter2024! winter2025! winter2026!
spring2025! autumn2025! january1! secret123 secret123! secret@123 test1234 test1234! test@1234 test@123 temp1234
temp1234! hello123 hello123! default1! computer1! internet1! samsung1! google123! facebook1! linkedin1!
michael1! jennifer1! charlie1! jordan23!
"""
COMMON = frozenset(_COMMON.split())
"""Compared without regard to case: often used ones, above all those that meet every rule below."""


class WeakPassword(Invalid):
    code = "weak_password"


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Length and commonness always count; `composition` asks for four classes of characters as well."""

    composition: bool = True

    def check(self, password: str) -> None:
        """Raises WeakPassword with every reason, also as the fact `reasons`."""
        reasons = []
        if not SHORTEST <= len(password) <= LONGEST:
            reasons.append(f"must have {SHORTEST} to {LONGEST} characters")
        if self.composition:
            if not any(character.isupper() for character in password):
                reasons.append("needs an upper-case letter")
            if not any(character.islower() for character in password):
                reasons.append("needs a lower-case letter")
            if not any(character.isdecimal() for character in password):
                reasons.append("needs a digit")
            if all(character.isalnum() for character in password):
                reasons.append("needs a special character such as ! or -")
        if password.casefold() in COMMON:
            reasons.append("is one of the most used passwords, choose another")
        if reasons:
            raise WeakPassword("; ".join(reasons), field="password", reasons=reasons)
