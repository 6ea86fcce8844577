from tests.http.commerce.conftest import fresh_market, market

__all__ = ["fresh_market", "market"]
