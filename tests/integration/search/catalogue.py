"""A made catalogue: the same listings each time, and of each what it is, to judge searches by."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.integration.search.goods import ACCESSORIES, CONCEPTS, FITTED, FOR, LANGUAGES, LOOKS, SAYINGS, Concept

LISTINGS = 5_200


@dataclass(frozen=True)
class Made:
    """A listing. `accessory` is for what concept, maker and model name."""

    title: str
    description: str
    category: str
    language: str
    concept: str
    maker: str | None = None
    model: str | None = None
    accessory: str | None = None
    is_service: bool = False


def catalogue() -> list[Made]:
    chance = random.Random(2026)  # noqa: S311 - the same each time
    kinds = list(_kinds())
    made = [_listing(chance, *kind) for kind in kinds]
    return made + [_listing(chance, *chance.choice(kinds)) for _ in range(LISTINGS - len(made))]


Kind = tuple[str, Concept, str | None, str | None, str | None]


def _kinds() -> Iterator[Kind]:
    """Everything that there may be, once in each language."""
    for language, concept in product(LANGUAGES, CONCEPTS.values()):
        for _ in range(3):
            yield language, concept, None, None, None
        for maker, models in concept.lines.items():
            for model in models:
                yield language, concept, maker, model, None
                for accessory in FITTED.get(concept.key, ()):
                    yield language, concept, maker, model, accessory


def _listing(
    chance: random.Random, language: str, concept: Concept, maker: str | None, model: str | None, accessory: str | None
) -> Made:
    name, look = concept.names[language], chance.choice(LOOKS[language])
    thing = f"{maker} {model}" if maker else name
    other = chance.choice([one for one in CONCEPTS.values() if one.key != concept.key]).names[language]
    saying = chance.choice(SAYINGS[language]).format(name=accessory or name, other=other)
    if accessory:
        title = f"{ACCESSORIES[accessory][language]} {FOR[language]} {thing}, {look}"
        name = ACCESSORIES[accessory][language]
        saying = chance.choice(SAYINGS[language]).format(name=name, other=other)
    elif maker:
        forms = (f"{thing} {look}", f"{name} {thing}", f"{thing} {name} {look}", f"{name} {thing}, {look}")
        title = chance.choice(forms)
    else:
        title = chance.choice((f"{name} {look}", f"{look} {name}", name))
    return Made(
        title[0].upper() + title[1:], saying, concept.category, language, concept.key, maker, model, accessory,
        concept.is_service,
    )  # fmt: skip
