from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Address = Annotated[str, Meta(examples=["/conversation-files/0197a3c2-5b1e-7c34-9d2f-6a8e1b4c7d90?link=AAEC"])]


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`width` and `height` are those of a picture, in pixels; only pictures have a preview, at most 480 pixels wide.

    The paths open it until they expire, for the session that asked only; an API key gets none.
    """

    id: UUID
    name: Annotated[str, Meta(examples=["contract.pdf"])]
    content_type: Annotated[str, Meta(examples=["application/pdf"])]
    size: Annotated[int, Meta(description="In bytes.", examples=[48_213])]
    width: Annotated[int, Meta(examples=[1_600])] | None = None
    height: Annotated[int, Meta(examples=[1_200])] | None = None
    url: Address | None = None
    preview_url: Address | None = None
    expires_at: datetime | None = None
