from marketplace.domain.shared.errors import Invalid


class InvalidMailToken(Invalid):
    code = "invalid_link"

    def __init__(self) -> None:
        super().__init__("the link is not valid any more; ask for a new one", field="token")
