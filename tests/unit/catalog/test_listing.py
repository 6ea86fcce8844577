from collections.abc import Callable
from typing import Any

import pytest

from marketplace.domain.catalog.images import UploadedImage
from marketplace.domain.catalog.listing import (
    LISTING_MOVES,
    Channel,
    ImageNotFound,
    InvalidMedia,
    Listing,
    ListingNotAvailable,
    ListingPublished,
    ListingStatus,
    Media,
    TooManyTags,
    VideoRequired,
    WrongChannel,
)
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


@pytest.mark.parametrize("status", ListingStatus)
def test_only_listed_moves_are_made(status: ListingStatus) -> None:
    moves: dict[ListingStatus, Callable[[Listing], None]] = {
        ListingStatus.ACTIVE: lambda listing: listing.publish(NOON),
        ListingStatus.RESERVED: lambda listing: listing.reserve(),
        ListingStatus.SOLD: lambda listing: listing.sell(),
    }
    for to, move in moves.items():
        listing = a_listing(status=status)
        if to in LISTING_MOVES[status]:
            move(listing)
            assert listing.status is to
        else:
            with pytest.raises(ListingNotAvailable):
                move(listing)
            assert listing.status is status
            assert listing.pull_events() == []


def test_a_reserved_listing_comes_back_when_it_is_released() -> None:
    listing = a_listing(status=ListingStatus.RESERVED)
    listing.release()
    assert listing.status is ListingStatus.ACTIVE


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
