from dishka import Provider, Scope, provide

from marketplace.adapters.sql.trading.audiences import SqlAudiences
from marketplace.application.trading.audience import Audiences, PlanReminder


class DeskNewsProvider(Provider):
    audiences = provide(SqlAudiences, provides=Audiences, scope=Scope.APP)
    plan_reminder = provide(PlanReminder, scope=Scope.REQUEST)
