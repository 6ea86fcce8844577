from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.social_asks_identity import PeopleOfIdentity
from marketplace.adapters.sql.social.queries import SqlPeopleQueries
from marketplace.adapters.sql.social.relations import SqlRelations
from marketplace.application.social.ports import People, PeopleQueries, Relations
from marketplace.application.social.relations import (
    BlockPerson,
    FollowPerson,
    ForgetPerson,
    UnblockPerson,
    UnfollowPerson,
)


class SocialProvider(Provider):
    scope = Scope.REQUEST

    relations = provide(SqlRelations, provides=Relations)
    people = provide(PeopleOfIdentity, provides=People)
    queries = provide(SqlPeopleQueries, provides=PeopleQueries, scope=Scope.APP)
    use_cases = provide_all(FollowPerson, UnfollowPerson, BlockPerson, UnblockPerson, ForgetPerson)
