from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.search import Vocabulary


class SqlVocabulary(Vocabulary):
    """A block of listings at a time; of two callers at once, one does nothing."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def learn(self) -> bool:
        async with self._pool.connection() as connection:
            learnt: bool = await connection.fetchval("SELECT catalog.learn_words()")
            return learnt
