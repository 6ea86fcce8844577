from typing import Any

import pytest

from marketplace.domain.catalog.events import ListingPublished, ListingRevised, ListingSubmitted
from marketplace.domain.catalog.listing import Channel, TextNotAllowed, TooManyTags, VideoRequired, WrongChannel
from marketplace.domain.catalog.media import ImageNotFound, InvalidMedia, Media, UploadedImage
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import ServiceTerms
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.geo import InvalidLocation, Location
from marketplace.domain.shared.text import InvalidText
from tests.builders.commerce import NOON, a_listing, a_published_listing, new_id

PLAYLIST = "https://cdn.example/camera.m3u8"


def test_publishing_announces_it() -> None:
    listing = a_listing()
    listing.publish(NOON)
    assert listing.status is ListingStatus.ACTIVE
    assert listing.pull_events() == [ListingPublished(occurred_at=NOON, listing_id=listing.id, seller=listing.seller)]


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"title": "ab"}, InvalidText, "title"),
        ({"title": "a\u200bb\u202e"}, InvalidText, "title"),
        ({"title": "a" * 121}, InvalidText, "title"),
        ({"description": "a" * 5_001}, InvalidText, "description"),
        ({"neighborhood": " "}, InvalidText, "neighborhood"),
        ({"channel": Channel.SERVICES}, WrongChannel, "feed_type"),
        ({"terms": ServiceTerms()}, WrongChannel, "feed_type"),
        ({"tags": ("ok", " ")}, InvalidText, "tags[1]"),
        ({"tags": ("a",) * 21}, TooManyTags, "tags"),
        ({"channel": Channel.DISCOVER}, VideoRequired, "video_url"),
        ({"channel": Channel.DISCOVER, "media": Media(video="https://a.example/a.mp4")}, VideoRequired, "video_url"),
        (
            {"channel": Channel.DISCOVER, "media": Media(video="https://a.example/a?x=.m3u8")},
            VideoRequired,
            "video_url",
        ),
    ],
)
def test_what_does_not_describe_a_product_is_refused(changes: dict[str, Any], error: type[Invalid], field: str) -> None:
    with pytest.raises(error) as refusal:
        a_listing(**changes)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("media", "field"),
    [
        ({"images": ("ftp://a.example/a.jpg",)}, "image_urls[0]"),
        ({"images": ("https://a.example/a.jpg", "javascript:alert(1)")}, "image_urls[1]"),
        ({"images": ("https://a.example/a b.jpg",)}, "image_urls[0]"),
        ({"images": ("https://a.example/a",) * 11}, "image_urls"),
        ({"video": "data:text/html,x"}, "video_url"),
        ({"video": "https://a.example/\n"}, "video_url"),
        ({"video_thumbnail": "https://a.example/" + "a" * 2_048}, "video_thumbnail_url"),
    ],
)
def test_media_are_web_addresses(media: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidMedia) as refusal:
        Media(**media)
    assert refusal.value.field == field


def test_a_playlist_opens_the_discover_feed() -> None:
    for video in (PLAYLIST, PLAYLIST + "?token=1"):
        assert a_listing(channel=Channel.DISCOVER, media=Media(video=video)).channel is Channel.DISCOVER


@pytest.mark.parametrize("point", [(90.1, 0), (-90.1, 0), (0, 180.1), (0, -180.1), (float("nan"), 0)])
def test_a_location_lies_on_the_earth(point: tuple[float, float]) -> None:
    with pytest.raises(InvalidLocation):
        Location(*point)


def test_text_is_kept_clean() -> None:
    listing = a_listing(title="  Camera\u202e ", neighborhood=" Marina ", tags=(" film ",))
    assert (listing.title, listing.neighborhood, listing.tags) == ("Camera", "Marina", ("film",))


def test_what_the_rules_hold_waits_for_a_moderator() -> None:
    listing = a_listing(description="Call +971 50 123 4567")
    listing.publish(NOON)
    assert listing.status is ListingStatus.PENDING_REVIEW
    assert listing.pull_events() == [ListingSubmitted(occurred_at=NOON, listing_id=listing.id, seller=listing.seller)]


def test_what_waits_is_published_once_the_rules_hold_nothing() -> None:
    listing = a_listing(description="Call +971 50 123 4567")
    listing.publish(NOON)
    listing.revise(NOON, description="t.me/shop")
    listing.revise(NOON, description="Works.")
    assert listing.status is ListingStatus.ACTIVE
    assert [type(event) for event in listing.pull_events()] == [
        ListingSubmitted, ListingRevised, ListingSubmitted, ListingRevised, ListingPublished,
    ]  # fmt: skip


def test_a_listing_on_the_market_takes_no_text_that_the_rules_hold() -> None:
    listing = a_listing()
    listing.publish(NOON)
    for text, field in (("Cocaine spoon", "title"), ("Pay by Western Union", "description")):
        with pytest.raises(TextNotAllowed) as refusal:
            listing.revise(NOON, **{field: text, "neighborhood": "Marina"})
        assert refusal.value.field == field
        assert text.split()[-1].casefold() in refusal.value.detail or "cocaine" in refusal.value.detail
    assert (listing.title, listing.neighborhood) == ("Vintage film camera", None)


def test_what_a_moderator_has_let_pass_does_not_stand_in_the_way_of_other_edits() -> None:
    listing = a_listing(title="Heroin, the film poster", status=ListingStatus.ACTIVE)
    listing.revise(NOON, description="Framed.", title="Heroin: the film poster")
    assert listing.description == "Framed."
    with pytest.raises(TextNotAllowed):
        listing.revise(NOON, description="t.me/posters")


def test_an_edit_that_changes_nothing_is_no_edit() -> None:
    listing = a_listing()
    listing.revise(NOON, title=" Vintage film camera ", tags=())
    assert listing.pull_events() == []


def test_images_follow_the_links_to_them() -> None:
    listing = a_published_listing()
    first, second = (UploadedImage(new_id(), 9, 9) for _ in range(2))
    for image in (first, second, first):
        listing.add_image(image, NOON)
    assert listing.media.images == (first.link, second.link)
    listing.revise(NOON, media=Media(images=(second.link, "https://cdn.example/1", first.link)))
    assert list(listing.images) == [second, first]
    listing.remove_image(first.id, NOON)
    assert list(listing.media.images) == [second.link, "https://cdn.example/1"]
    assert list(listing.images) == [second]
    listing.revise(NOON, media=Media())
    assert not listing.images
    with pytest.raises(ImageNotFound):
        listing.remove_image(second.id, NOON)
