from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` gives one line of text per violation; `rule` is the group of checkers of `make prove` that it belongs to,
    `says` what must hold."""

    name: str
    rule: str
    says: str
    sql: str
