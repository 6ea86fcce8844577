from tests.http.people.conftest import fresh_town, town

__all__ = ["fresh_town", "town"]
