"""What people type, by class, and what each of them wants: see asked.txt, `text > concept/maker/model/accessory`.

Every other query of a class was kept apart while the ranking was made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.integration.search.by_hand import GRADED, LISTED
from tests.integration.search.catalogue import Made
from tests.integration.search.goods import CONCEPTS

_ASKED = Path(__file__).with_name("asked.txt").read_text("utf-8")
_NEAR = {"ru": {"ru"}, "uz": {"uz", "uz_cyrillic"}, "en": {"en"}, "ar": {"ar"}, "hi": {"hi"}}


@dataclass(frozen=True)
class Query:
    """`graded`: by the titles of listings, where that was done by hand."""

    kind: str
    text: str
    concept: str
    maker: str
    model: str
    accessory: str
    graded: Mapping[str, int] | None = None

    def grade(self, made: Made) -> int:
        """3 what is wanted, 2 the same but named in another language, 1 something near it, 0 anything else."""
        if self.graded is not None:
            return self.graded.get(made.title, 0)
        if self.concept.startswith("#"):
            return 3 if made.category == self.concept[1:] else 0
        about = self.concept in {"", made.concept} and self.maker in {"", made.maker} and self.model in {"", made.model}
        if self.accessory:
            if made.accessory != self.accessory:
                return int(about and bool(self.model))
            return self._in_its_language(made) if about else 1
        if made.accessory:
            return int(about and bool(self.maker))
        if about:
            return self._in_its_language(made)
        return int(made.concept == self.concept and made.maker == self.maker and bool(self.model))

    def _in_its_language(self, made: Made) -> int:
        """Makers and models are written alike everywhere, and some other words too."""
        names = CONCEPTS[made.concept].names
        alike = {names[language][:5] for language in self.languages}
        if made.language in self.languages or (names[made.language][:5] in alike and not self.accessory):
            return 3
        return 2 if self.model else 1

    @property
    def languages(self) -> set[str]:
        text = self.text.lower()
        if any("ء" <= letter <= "ي" for letter in text):
            return {"ar"}
        if any("ऀ" <= letter <= "ॿ" for letter in text):
            return {"hi"}
        if self.kind == "uzbek" or "uchun" in text or text.split()[0] in _UZBEK:
            return {"uz", "uz_cyrillic"}
        if any("а" <= letter <= "я" for letter in text):
            return {"ru"}
        return {"en"} if self.names_the_concept else {"en", "ru", "uz", "uz_cyrillic", "ar", "hi"}

    @property
    def names_the_concept(self) -> bool:
        return bool(self.accessory) or not self.maker


"""Else maker and model say it, in every language alike."""
_MISTAKEN = {"velasiped", "telvizor", "krosovka", "velos", "muzlat"}
_UZBEK = {concept.names["uz"].split()[0] for concept in CONCEPTS.values()} | _MISTAKEN


def queries() -> list[Query]:
    found, kind = [], ""
    for line in _ASKED.strip().splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
            continue
        text, _, wanted = line.partition(" > ")
        parts = [part if part != "-" else "" for part in wanted.partition("@")[0].split("/")]
        concept, maker, model, accessory = (parts + [""] * 3)[:4]
        found.append(Query(kind, text, concept, maker, model, accessory))
    by_hand = (
        Query("by hand", text, "", "", "", "", {LISTED[number].title: grade for number, grade in graded.items()})
        for text, graded in GRADED.items()
    )
    return [*found, *by_hand]
