from dishka import Provider, Scope, provide

from marketplace.application.shared.ports import Clock


class ClockOfTheTest(Provider):
    """In the place of the system's."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    @provide(scope=Scope.APP, override=True)
    def clock(self) -> Clock:
        return self._clock
