from marketplace.domain.shared.errors import Gone


class FullSyncRequired(Gone):
    """Some of what is asked for is forgotten. `seq` is where to go on from once everything has been loaded anew."""

    code = "full_sync_required"

    def __init__(self, seq: int) -> None:
        super().__init__(f"events of then are no longer kept: load your lists anew and go on after {seq}", seq=seq)
        self.seq = seq
