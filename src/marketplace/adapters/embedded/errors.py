class EngineError(Exception):
    """An embedded engine cannot be had. The message is one line: what is wrong, and how to mend it."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
