"""Categories, for everybody to read and for administrators to edit."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec

from marketplace.application.catalog.category_ports import (
    Answers,
    CategoryCache,
    CategoryCensus,
    CategoryTrees,
    Count,
)
from marketplace.application.catalog.category_views import CategoryDetails, CategoryRecord, CategoryView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.category import LANGUAGES, Category, CategoryKind, CategoryNotFound, CategoryTree


@dataclass(frozen=True, slots=True)
class ReadCategories:
    """Answers are JSON: made for all categories and languages at once, then kept."""

    census: CategoryCensus
    cache: CategoryCache

    async def roots(self, kind: CategoryKind, language: str) -> msgspec.Raw:
        """Of products: the top of the tree. A list of CategoryView."""
        return await self._read(f"roots/{kind}/{language}")

    async def all(self, kind: CategoryKind, language: str) -> msgspec.Raw:
        """Each before those below it. A list of CategoryView."""
        return await self._read(f"all/{kind}/{language}")

    async def one(self, slug: str, language: str) -> msgspec.Raw:
        """CategoryDetails; raises CategoryNotFound."""
        return await self._read(f"one/{slug}/{language}")

    async def renew(self) -> None:
        """Count anew, if listings came or went and it was not done a moment ago."""
        if await self.cache.take_turn():
            await self.cache.renew(self._compute)

    async def _read(self, name: str) -> msgspec.Raw:
        answer = await self.cache.read(name, self._compute)
        if answer is None:
            raise CategoryNotFound
        return msgspec.Raw(answer)

    async def _compute(self) -> Answers:
        tree, counts = await self.census.taken()
        return answers_of(tree, counts)


def answers_of(tree: CategoryTree, counts: Mapping[str, Count]) -> Answers:
    encode = msgspec.json.Encoder().encode
    answers = {}
    for kind in CategoryKind:
        roots = tree.roots(kind)
        everything = [one for root in roots for one in tree.below(root)]
        totals = {one.slug: _sum(counts.get(each.slug, Count()) for each in tree.below(one)) for one in everything}
        for language in LANGUAGES:
            views = {one.slug: _view(one, totals[one.slug], language) for one in everything}
            answers[f"roots/{kind}/{language}"] = encode([views[one.slug] for one in roots])
            answers[f"all/{kind}/{language}"] = encode(list(views.values()))
            for one in everything:
                children = [views[child.slug] for child in tree.children(one)]
                path = [above.slug for above in tree.path(one)[:-1]]
                details = CategoryDetails(**msgspec.structs.asdict(views[one.slug]), children=children, path=path)
                answers[f"one/{one.slug}/{language}"] = encode(details)
    return answers


def _sum(counts: Iterable[Count]) -> Count:
    all_of_them = list(counts)
    return Count(
        sum(one.products for one in all_of_them), sum(one.listings for one in all_of_them),
        sum(one.live for one in all_of_them),
    )  # fmt: skip


def _view(category: Category, count: Count, language: str) -> CategoryView:
    return CategoryView(
        slug=category.slug, kind=category.kind, parent=category.parent, name=category.name(language),
        icon=category.icon, color=category.color, secondary_color=category.secondary_color,
        total_products=count.products, live_streams_count=count.live, active_listings_count=count.listings,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryDraft:
    """Without a position it comes last."""

    slug: str
    kind: CategoryKind
    parent: str | None
    names: Mapping[str, str]
    icon: str
    color: str
    secondary_color: str
    position: int | None


@dataclass(frozen=True, slots=True)
class CreateCategory:
    trees: CategoryTrees
    cache: CategoryCache
    audit: AuditTrail
    transaction: Transaction

    async def __call__(self, actor: Actor, draft: CategoryDraft) -> CategoryRecord:
        actor.require(Permission.MANAGE_CATEGORIES)
        async with self.transaction:
            tree = await self.trees.locked()
            position = tree.end(draft.kind, draft.parent) if draft.position is None else draft.position
            category = Category(**{**asdict(draft), "position": position})
            tree.add(category)
            await self.trees.add(category)
            self.audit.note(_entry("created", actor, category.slug))
            made = self.transaction.answers(CategoryRecord.of(category))
        await self.cache.forget()
        return made


@dataclass(frozen=True, slots=True)
class EditCategory:
    trees: CategoryTrees
    cache: CategoryCache
    audit: AuditTrail
    transaction: Transaction

    async def __call__(self, actor: Actor, slug: str, changes: Mapping[str, Any]) -> CategoryRecord:
        """`changes` by the names of Category's fields; names in languages that are left out stay."""
        actor.require(Permission.MANAGE_CATEGORIES)
        async with self.transaction:
            tree = await self.trees.locked()
            known = tree[slug]
            names = {**known.names, **changes.get("names", {})}
            category = replace(known, **{**changes, "names": names})
            tree.change(category)
            await self.trees.save(category)
            self.audit.note(_entry("edited", actor, slug))
            edited = self.transaction.answers(CategoryRecord.of(category))
        await self.cache.forget()
        return edited


@dataclass(frozen=True, slots=True)
class DeleteCategory:
    trees: CategoryTrees
    cache: CategoryCache
    audit: AuditTrail
    transaction: Transaction

    async def __call__(self, actor: Actor, slug: str) -> None:
        """Raises CategoryInUse; searches that were saved for it are gone with it."""
        actor.require(Permission.MANAGE_CATEGORIES)
        async with self.transaction:
            tree = await self.trees.locked()
            tree.remove(slug)
            await self.trees.remove(slug)
            self.audit.note(_entry("deleted", actor, slug))
        await self.cache.forget()


def _entry(deed: str, actor: Actor, slug: str) -> AuditEntry:
    return AuditEntry(
        action=f"catalog.category_{deed}", actor=actor.user, subject_kind="category", facts={"slug": slug}
    )
