"""Made sellers and listings, as rows to copy: the same for the same number, whenever they are made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from marketplace.adapters.sql.catalog.vocabulary import LANGUAGES, Writer
from marketplace.domain.catalog.listing import Channel
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.shared.money import Money

Row = tuple[object, ...]
Fee = Callable[[Channel, Money], Money]
"""On a channel, at a price."""

SPAN = timedelta(days=730)
SELLER_COLUMNS = (
    "id", "email", "email_key", "username", "username_skeleton", "full_name", "password_changed_at", "role",
    "email_verified", "created_at", "version",
)  # fmt: skip
LISTING_COLUMNS = (
    "id", "seller_id", "title", "description", "price_minor", "fee_minor", "currency", "category", "condition",
    "channel", "kind", "audience", "terms", "image_urls", "video_url", "video_thumbnail_url", "latitude", "longitude",
    "neighborhood", "tags", "created_at",
)  # fmt: skip
CITIES = {
    "Dubai": (25.2048, 55.2708, 120), "Abu Dhabi": (24.4539, 54.3773, 60), "Sharjah": (25.3463, 55.4209, 40),
    "Ajman": (25.4052, 55.5136, 15), "Al Ain": (24.1302, 55.8023, 12), "Ras Al Khaimah": (25.8007, 55.9762, 10),
    "Fujairah": (25.1288, 56.3265, 6), "Doha": (25.2854, 51.531, 25), "Manama": (26.2285, 50.586, 12),
    "Kuwait": (29.3759, 47.9774, 20), "Riyadh": (24.7136, 46.6753, 40), "Jeddah": (21.4858, 39.1925, 30),
    "Dammam": (26.4207, 50.0888, 12), "Muscat": (23.588, 58.3829, 12), "Amman": (31.9454, 35.9284, 15),
    "Beirut": (33.8938, 35.5018, 12), "Cairo": (30.0444, 31.2357, 50), "Alexandria": (31.2001, 29.9187, 15),
    "Istanbul": (41.0082, 28.9784, 40), "Ankara": (39.9334, 32.8597, 12), "Tashkent": (41.2995, 69.2401, 50),
    "Samarkand": (39.627, 66.975, 15), "Bukhara": (39.7681, 64.4556, 8), "Namangan": (40.9983, 71.6726, 8),
    "Almaty": (43.222, 76.8512, 20), "Astana": (51.1694, 71.4491, 10), "Moscow": (55.7558, 37.6173, 50),
    "Saint Petersburg": (59.9311, 30.3609, 25), "Kazan": (55.7887, 49.1221, 10), "Mumbai": (19.076, 72.8777, 45),
    "Delhi": (28.7041, 77.1025, 45), "Bengaluru": (12.9716, 77.5946, 25), "Hyderabad": (17.385, 78.4867, 20),
    "Chennai": (13.0827, 80.2707, 15), "Karachi": (24.8607, 67.0011, 20), "Lahore": (31.5204, 74.3587, 15),
    "London": (51.5074, -0.1278, 20), "Berlin": (52.52, 13.405, 12), "Paris": (48.8566, 2.3522, 12),
    "New York": (40.7128, -74.006, 15),
}  # fmt: skip
"""Latitude, longitude and weight."""
SPREAD = 0.06
"""Degrees: one standard deviation of where the listings of a city are."""
CATEGORIES = {
    "electronics": 22, "fashion": 18, "home": 14, "vehicles": 9, "sneakers": 8, "books": 7, "sports": 6, "toys": 5,
    "beauty": 4, "jewelry": 3, "trading_cards": 3, "art": 1,
}  # fmt: skip
SERVICES = (
    "cleaning", "plumbing", "painting", "moving", "hairdressing", "massage", "tutoring", "languages", "web_development",
    "graphic_design", "accounting", "translation", "photography", "catering", "delivery", "pet_care",
)  # fmt: skip
CONDITIONS = ("new", "like_new", "good", "good", "fair", "poor")
CURRENCIES = {"AED": (85, 1.0), "USD": (5, 0.27), "EUR": (3, 0.25), "UZS": (4, 3_400.0), "RUB": (3, 22.0)}
"""How many of a hundred, and what a dirham is worth."""


@dataclass(frozen=True, slots=True)
class Made:
    """A chunk of listings: rows for catalog.listings, listing_states and listing_signals."""

    listings: list[Row]
    states: list[Row]
    signals: list[Row]


class Maker:
    """`seed` decides what is made, `until` when the newest is: the others were spread over the two years before."""

    def __init__(self, seed: int, *, listings: int, sellers: int, until: datetime, fee: Fee) -> None:
        self._seed = seed
        self._random = Random(seed)  # noqa: S311 - the same again is the point
        self._count = listings
        self._since = until - SPAN
        self._fee = fee
        self._sellers = [self._id(self._since) for _ in range(sellers)]
        self._writers = [Writer(language, self._random) for language in LANGUAGES]
        self._shares = [language.share for language in LANGUAGES]

    def sellers(self) -> Iterator[Row]:
        for number, seller in enumerate(self._sellers):
            name = f"made-{self._seed}-{number}".translate(_LETTERS)
            email = f"{name}@marketplace.example"
            yield (
                seller, email, email, name, name, f"Seller {number}", self._since, "seller", number % 3 > 0,
                self._since, 0,
            )  # fmt: skip

    def chunks(self, size: int) -> Iterator[Made]:
        for start in range(0, self._count, size):
            made = Made([], [], [])
            for number in range(start, min(start + size, self._count)):
                listing = self._listing(self._since + SPAN * number / self._count)
                made.listings.append(listing)
                made.states.append((listing[0], self._status()))
                if self._random.random() < 0.3:
                    views = int(self._random.paretovariate(0.7)) % 1_000_000
                    made.signals.append((listing[0], views, views // 20, views // 100))
            yield made

    def _listing(self, at: datetime) -> Row:
        random = self._random
        (writer,) = random.choices(self._writers, self._shares)
        service = random.random() < 0.15
        channel = Channel.SERVICES if service else random.choices(*_CHANNELS)[0]
        words = "services" if service else random.choices(*_CATEGORIES)[0]
        id_ = self._id(at)
        price = self._price()
        latitude, longitude, city = self._place()
        picture = f"https://media.marketplace.example/{id_}"
        video = channel is Channel.DISCOVER
        return (
            id_, self._sellers[int(len(self._sellers) * random.random() ** 1.5)], writer.title(words),
            writer.text(words), price.minor, self._fee(channel, price).minor, price.currency,
            random.choice(SERVICES) if service else words, None if service else random.choice(CONDITIONS),
            channel, Kind.SERVICE if service else Kind.PRODUCT, "followers" if random.random() < 0.01 else "everyone",
            _service(random.choice((30, 60, 90, 120))) if service else "{}",
            [f"{picture}.jpg"], f"{picture}.m3u8" if video else None, f"{picture}.webp" if video else None, latitude,
            longitude, city, writer.tags(words), at,
        )  # fmt: skip

    def _status(self) -> str:
        place = self._random.random()
        return "sold" if place < 0.1 else "paused" if place < 0.12 else "active"

    def _price(self) -> Money:
        (currency,) = self._random.choices(*_CURRENCIES)
        dirhams = self._random.lognormvariate(5.0, 1.2)
        return Money(max(100, int(dirhams * 100 * CURRENCIES[currency][1])), currency)

    def _place(self) -> tuple[float, float, str] | tuple[None, None, None]:
        if self._random.random() < 0.1:
            return None, None, None
        (city,) = self._random.choices(*_CITIES)
        latitude, longitude, _ = CITIES[city]
        gauss = self._random.gauss
        return round(gauss(latitude, SPREAD), 6), round(gauss(longitude, SPREAD), 6), city

    def _id(self, at: datetime) -> UUID:
        """A UUIDv7 of that time."""
        time, bits = int(at.timestamp() * 1000), self._random.getrandbits
        return UUID(int=time << 80 | 7 << 76 | bits(12) << 64 | 2 << 62 | bits(62))


def _service(minutes: int) -> str:
    return msgspec.json.encode(
        {"duration_minutes": minutes, "area_km": None, "time_zone": "UTC", "packages": []}
    ).decode()


_LETTERS = str.maketrans("0123456789", "abcdefghjk")
"""None of them looks like another letter: a name is its own skeleton."""
_CHANNELS = [Channel.COMMUNITY, Channel.DISCOVER], [60, 25]
_CITIES = list(CITIES), [weight for _, _, weight in CITIES.values()]
_CATEGORIES = list(CATEGORIES), list(CATEGORIES.values())
_CURRENCIES = list(CURRENCIES), [share for share, _ in CURRENCIES.values()]
