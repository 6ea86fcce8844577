from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.reviews_asks_identity import ReputationsOfIdentity
from marketplace.adapters.bridges.reviews_asks_ordering import DealingsOfOrdering, SqlOrderReviewQueries
from marketplace.adapters.sql.reviews.exchanges import SqlExchanges, SqlReviewReports
from marketplace.adapters.sql.reviews.queries import SqlReportedReviewQueries, SqlReviewQueries
from marketplace.adapters.sql.reviews.ratings import SqlRatings
from marketplace.application.reviews.moderation import JudgeReview, ReportReview
from marketplace.application.reviews.ports import (
    Dealings,
    Exchanges,
    OrderReviewQueries,
    Ratings,
    ReportedReviewQueries,
    Reputations,
    ReviewQueries,
    ReviewReports,
)
from marketplace.application.reviews.reviews import CloseReviews, ReplyToReview, Standings, WriteReview


class ReviewsProvider(Provider):
    scope = Scope.REQUEST

    exchanges = provide(SqlExchanges, provides=Exchanges)
    ratings = provide(SqlRatings, provides=Ratings)
    reports = provide(SqlReviewReports, provides=ReviewReports)
    dealings = provide(DealingsOfOrdering, provides=Dealings)
    reputations = provide(ReputationsOfIdentity, provides=Reputations)
    queries = provide(SqlReviewQueries, provides=ReviewQueries, scope=Scope.APP)
    of_orders = provide(SqlOrderReviewQueries, provides=OrderReviewQueries, scope=Scope.APP)
    reported = provide(SqlReportedReviewQueries, provides=ReportedReviewQueries, scope=Scope.APP)
    use_cases = provide_all(Standings, WriteReview, CloseReviews, ReplyToReview, ReportReview, JudgeReview)
