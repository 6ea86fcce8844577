"""Whatever is added, moved and removed, the forest stays one."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.domain.catalog.category import (
    MOST_LEVELS,
    CategoryInUse,
    CategoryKind,
    CategoryNotFound,
    CategoryTree,
    InvalidCategory,
    SlugTaken,
)
from tests.builders.personal import a_category

SLUGS = [f"category{number}" for number in range(8)]
slugs = st.sampled_from(SLUGS)
deeds = st.tuples(st.sampled_from(["add", "move", "remove"]), slugs, st.none() | slugs, st.sampled_from(CategoryKind))
REFUSALS = (CategoryInUse, CategoryNotFound, InvalidCategory, SlugTaken)


def do(tree: CategoryTree, deed: str, slug: str, parent: str | None, kind: CategoryKind) -> None:
    if deed == "add":
        tree.add(a_category(slug, kind=kind, parent=parent))
    elif deed == "move":
        tree.change(replace(tree[slug], parent=parent))
    else:
        tree.remove(slug)


@settings(max_examples=150, deadline=None)
@given(st.lists(deeds, max_size=40))
def test_every_category_is_reached_from_a_root_of_its_kind_within_the_levels(
    moves: list[tuple[str, str, str | None, CategoryKind]],
) -> None:
    tree, there = CategoryTree(), dict[str, tuple[str | None, CategoryKind]]()
    for deed, slug, parent, kind in moves:
        try:
            do(tree, deed, slug, parent, kind)
        except REFUSALS:
            pass
        else:
            if deed == "remove":
                del there[slug]
            else:
                there[slug] = (parent, tree[slug].kind)
        reached = {kind: [one for root in tree.roots(kind) for one in tree.below(root)] for kind in CategoryKind}
        everything = [one for kind in CategoryKind for one in reached[kind]]
        assert {one.slug: (one.parent, one.kind) for one in everything} == there
        assert len(everything) == len(there), "each is reached once"
        for kind, categories in reached.items():
            assert all(one.kind is kind for one in categories)
            assert all(len(tree.path(one)) <= MOST_LEVELS for one in categories)


def test_children_are_in_order_and_new_ones_come_last() -> None:
    tree = CategoryTree([a_category("home")])
    for slug, position in (("later", 5), ("first", 0), ("also_first", 0)):
        tree.add(a_category(slug, parent="home", position=position))
    assert [one.slug for one in tree.children(tree["home"])] == ["also_first", "first", "later"]
    assert tree.end(CategoryKind.PRODUCT, "home") == 6
    assert tree.end(CategoryKind.PRODUCT, "later") == 0
