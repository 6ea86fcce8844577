"""Reads single settings from the environment, and says what is wrong with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from marketplace.entrypoints.wiring.values import Secret

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Problem:
    """One unusable setting; `str` is one line for people and never holds a secret."""

    name: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        return f"{self.name} {self.wrong}; {self.mend}"


class Reader:
    """Parses named texts; what cannot be parsed is noted and replaced by its default."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[Problem] = []

    def __call__(
        self, name: str, parse: Callable[[str], Value], default: Value, example: str, secret: bool = False
    ) -> Value:
        if not (text := self.text(name)):
            return default
        try:
            return parse(text)
        except ValueError as error:
            shown = "" if secret else f"is {text[:60]!r} but "
            self.problems.append(Problem(name, f"{shown}{error}", f"for example {name}={example}"))
            return default

    def text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def secret(self, name: str) -> Secret:
        return Secret(self.text(name))
