"""Rules of sellers, what was agreed on, and the bargain assistant."""

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.trading_asks_catalog import CategoriesOfCatalog, ShowcaseOfCatalog
from marketplace.adapters.sql.trading.agreements import SqlAgreements, SqlPastAgreements
from marketplace.adapters.sql.trading.rules import SqlOfferRuleBook, SqlOfferRuleQueries
from marketplace.application.trading.agreements import Agreements, ListingCategories, NoteAgreement
from marketplace.application.trading.bargain import PastAgreements, ReadBargain
from marketplace.application.trading.rule_ports import OfferRuleBook, OfferRuleQueries, Showcase
from marketplace.application.trading.rules import (
    AnswerByRules,
    DropOfferRules,
    ForgetOfferRules,
    SetOfferRules,
    SetRulesForAll,
)


class OfferRulesProvider(Provider):
    scope = Scope.REQUEST

    book = provide(SqlOfferRuleBook, provides=OfferRuleBook)
    queries = provide(SqlOfferRuleQueries, provides=OfferRuleQueries, scope=Scope.APP)
    showcase = provide(ShowcaseOfCatalog, provides=Showcase, scope=Scope.APP)
    agreements = provide(SqlAgreements, provides=Agreements)
    categories = provide(CategoriesOfCatalog, provides=ListingCategories)
    past = provide(SqlPastAgreements, provides=PastAgreements, scope=Scope.APP)
    bargain = provide(ReadBargain, scope=Scope.APP)
    use_cases = provide_all(
        SetOfferRules, DropOfferRules, SetRulesForAll, ForgetOfferRules, AnswerByRules, NoteAgreement
    )
