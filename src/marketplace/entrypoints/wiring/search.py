from dishka import Provider, Scope, provide

from marketplace.adapters.sql.catalog.learnt_words import SqlVocabulary
from marketplace.adapters.sql.catalog.search import SqlSearchQueries
from marketplace.application.catalog.search import SearchQueries, Vocabulary


class SearchProvider(Provider):
    scope = Scope.APP

    queries = provide(SqlSearchQueries, provides=SearchQueries)
    vocabulary = provide(SqlVocabulary, provides=Vocabulary)
