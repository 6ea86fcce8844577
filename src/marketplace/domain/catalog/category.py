"""Categories: two forests, one of products (and lots), one of services."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.text import clean_text

LANGUAGES = ("en", "ru", "uz", "ar", "hi")
"""A name in English is what the other languages fall back to."""
MOST_LEVELS = 4

_SLUG = re.compile(r"[a-z][a-z0-9_]{1,39}")
_ICON = re.compile(r"[a-z0-9_-]{1,40}")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


class CategoryNotFound(NotFound):
    code = "category_not_found"

    def __init__(self) -> None:
        super().__init__("no such category")


class SlugTaken(Conflict):
    code = "slug_taken"


class CategoryInUse(Conflict):
    code = "category_in_use"


class InvalidCategory(Invalid):
    code = "invalid_category"


class CategoryKind(StrEnum):
    """What is listed in it; lots are in those of products."""

    PRODUCT = "product"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """`names` by language; `position` orders those of one parent."""

    slug: str
    kind: CategoryKind
    parent: str | None
    names: Mapping[str, str]
    icon: str
    color: str
    secondary_color: str
    position: int

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug):
            raise InvalidCategory("has 2 to 40 characters a-z, 0-9 and _, a letter first", field="slug")
        if not _ICON.fullmatch(self.icon):
            raise InvalidCategory("has 1 to 40 characters a-z, 0-9, - and _", field="icon")
        for field in ("color", "secondary_color"):
            if not _COLOR.fullmatch(getattr(self, field)):
                raise InvalidCategory("is written like #2563EB", field=field)
        if "en" not in self.names or not self.names.keys() <= set(LANGUAGES):
            raise InvalidCategory(f"has en and may have {', '.join(LANGUAGES[1:])}", field="names")
        names = {language: clean_text(name, field="names", longest=60) for language, name in self.names.items()}
        object.__setattr__(self, "names", names)

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names["en"]


class CategoryTree:
    """All categories of both kinds."""

    def __init__(self, categories: Iterable[Category] = ()) -> None:
        self._by_slug = {category.slug: category for category in categories}

    def __getitem__(self, slug: str) -> Category:
        """Raises CategoryNotFound."""
        if slug not in self._by_slug:
            raise CategoryNotFound
        return self._by_slug[slug]

    def add(self, category: Category) -> None:
        if category.slug in self._by_slug:
            raise SlugTaken("a category has this slug already", slug=category.slug)
        self._place(category)

    def change(self, category: Category) -> None:
        """Put it where the one of its slug was, or, under another parent, elsewhere with all that is below it."""
        if category.kind is not self[category.slug].kind:
            raise InvalidCategory("a category stays of its kind", field="kind")
        self._place(category)

    def remove(self, slug: str) -> None:
        if self.children(self[slug]):
            raise CategoryInUse("it has categories below it: move or delete those first", slug=slug)
        del self._by_slug[slug]

    def roots(self, kind: CategoryKind) -> list[Category]:
        return self._sorted(one for one in self._by_slug.values() if one.kind is kind and one.parent is None)

    def children(self, parent: Category) -> list[Category]:
        return self._sorted(one for one in self._by_slug.values() if one.parent == parent.slug)

    def below(self, top: Category) -> list[Category]:
        """Itself and all below it, each before those below it."""
        return [top, *(one for child in self.children(top) for one in self.below(child))]

    def path(self, category: Category) -> list[Category]:
        """From the root to itself."""
        found = [category]
        while (parent := found[0].parent) is not None:
            found.insert(0, self._by_slug[parent])
        return found

    def end(self, kind: CategoryKind, parent: str | None) -> int:
        """The position behind all that are there."""
        there = [one.position for one in self._by_slug.values() if one.kind is kind and one.parent == parent]
        return max(there, default=-1) + 1

    def _place(self, category: Category) -> None:
        above = 0
        if category.parent is not None:
            parent = self._by_slug.get(category.parent)
            if parent is None or parent.kind is not category.kind:
                raise InvalidCategory(f"no {category.kind} category has this slug", field="parent")
            path = self.path(parent)
            if any(one.slug == category.slug for one in path):
                raise InvalidCategory("must not lie below the category itself", field="parent")
            above = len(path)
        if above + self._height(category) > MOST_LEVELS:
            raise InvalidCategory(f"the tree has at most {MOST_LEVELS} levels", field="parent")
        self._by_slug[category.slug] = category

    def _height(self, category: Category) -> int:
        return 1 + max((self._height(child) for child in self.children(category)), default=0)

    @staticmethod
    def _sorted(categories: Iterable[Category]) -> list[Category]:
        return sorted(categories, key=lambda one: (one.position, one.slug))
