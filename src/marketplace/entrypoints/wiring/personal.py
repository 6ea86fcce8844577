"""The parts of catalog about categories, and about what people keep for themselves."""

from collections.abc import AsyncIterator

from dishka import Provider, Scope, provide, provide_all
from redis.asyncio import Redis

from marketplace.adapters.redis.category_cache import RedisCategoryCache
from marketplace.adapters.sql.catalog.category_tree import SqlCategoryCensus, SqlCategoryTrees
from marketplace.adapters.sql.catalog.favorites import SqlFavorites, SqlSeenListings
from marketplace.adapters.sql.catalog.personal_queries import SqlPersonalQueries
from marketplace.adapters.sql.catalog.recent_views import BufferedRecentViews
from marketplace.adapters.sql.catalog.saved_searches import SqlSavedSearches
from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.categories import CreateCategory, DeleteCategory, EditCategory, ReadCategories
from marketplace.application.catalog.category_ports import CategoryCache, CategoryCensus, CategoryTrees
from marketplace.application.catalog.personal import (
    ClearRecentlySeen,
    DeleteSavedSearch,
    ForgetOldMatches,
    ForgetPersonalLists,
    KeepFavorite,
    SaveSearch,
    TakeFavoriteBack,
    TellSearchers,
)
from marketplace.application.catalog.personal_ports import (
    Favorites,
    PersonalQueries,
    RecentViews,
    SavedSearches,
    SeenListings,
)
from marketplace.application.shared.ports import Clock


class CategoriesProvider(Provider):
    scope = Scope.REQUEST

    @provide(scope=Scope.APP)
    def cache(self, redis: Redis) -> CategoryCache:
        return RedisCategoryCache(redis)

    trees = provide(SqlCategoryTrees, provides=CategoryTrees)
    census = provide(SqlCategoryCensus, provides=CategoryCensus, scope=Scope.APP)
    read = provide(ReadCategories, scope=Scope.APP)
    use_cases = provide_all(CreateCategory, EditCategory, DeleteCategory)


class PersonalProvider(Provider):
    scope = Scope.REQUEST

    @provide(scope=Scope.APP)
    async def recent_views(self, pool: Pool, clock: Clock) -> AsyncIterator[RecentViews]:
        views = BufferedRecentViews(pool, clock)
        yield views
        await views.close()

    favorites = provide(SqlFavorites, provides=Favorites)
    seen = provide(SqlSeenListings, provides=SeenListings)
    searches = provide(SqlSavedSearches, provides=SavedSearches)
    queries = provide(SqlPersonalQueries, provides=PersonalQueries, scope=Scope.APP)
    use_cases = provide_all(
        KeepFavorite, TakeFavoriteBack, ClearRecentlySeen, SaveSearch, DeleteSavedSearch, TellSearchers,
        ForgetPersonalLists, ForgetOldMatches,
    )  # fmt: skip
