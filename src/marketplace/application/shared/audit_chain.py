"""The hash chain over the audit trail (docs/adr/0012)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

import msgspec

from marketplace.application.shared.audit_log import AuditEntryView, canonical

HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)
"""What the first block follows."""


def entry_hash(entry: AuditEntryView) -> bytes:
    return sha256(canonical(entry)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`entry_hashes` are those of its entries, end to end."""

    number: int
    sealed_at: datetime
    entry_ids: Sequence[int]
    entry_hashes: bytes
    previous_hash: bytes
    hash: bytes

    @property
    def hash_of_content(self) -> bytes:
        """SHA-256 of the previous hash followed by the RFC 8785 JSON of the rest."""
        hashes = [self.entry_hash(place).hex() for place in range(len(self.entry_ids))]
        content = {
            "entries": list(zip(self.entry_ids, hashes, strict=True)), "number": self.number,
            "sealed_at": self.sealed_at,
        }  # fmt: skip
        return sha256(self.previous_hash + canonical(content)).digest()

    def entry_hash(self, place: int) -> bytes:
        return self.entry_hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]


def seal(number: int, previous_hash: bytes, entries: Sequence[AuditEntryView], sealed_at: datetime) -> Block:
    block = Block(
        number=number, sealed_at=sealed_at, entry_ids=[entry.id for entry in entries],
        entry_hashes=b"".join(map(entry_hash, entries)), previous_hash=previous_hash, hash=b"",
    )  # fmt: skip
    return Block(
        number=number, sealed_at=sealed_at, entry_ids=block.entry_ids, entry_hashes=block.entry_hashes,
        previous_hash=previous_hash, hash=block.hash_of_content,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block: who knows it from elsewhere can tell that nothing up to it was exchanged or cut off."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Of NUMBER:HASH; raises ValueError."""
        number, _, digits = text.partition(":")
        head = cls(int(number), bytes.fromhex(digits))
        if len(head.hash) != HASH_BYTES:
            raise ValueError("a hash has 64 hexadecimal digits")
        return head


class AuditChain(Protocol):
    """What is stored, as it is stored."""

    async def head(self) -> Head | None: ...

    async def block(self, number: int) -> Block | None: ...

    async def blocks(self, first: int) -> Sequence[Block]:
        """In order from number `first` on: one if there is any, and as many as hold some thousand entries together."""
        ...

    async def entries(self, ids: Sequence[int]) -> Mapping[int, AuditEntryView]: ...

    async def contradicted(self, ids: Sequence[int]) -> Mapping[int, UUID]:
        """Which of these entries tell of something that is not so in the database any more, and of what."""
        ...

    async def loose(self, after: int | None, to: int | None, near: Sequence[Block]) -> Sequence[int]:
        """Ids of entries above `after` and up to `to` that neither a block nor the queue names; some, if many.

        `near` are blocks that most of them are in.
        """
        ...

    async def queued_in_vain(self) -> Sequence[int]:
        """Ids of entries that wait to be sealed and are not there; some, if many."""
        ...


class Signer(Protocol):
    """Signatures that whoever has the public key can check."""

    def sign(self, message: bytes) -> bytes: ...

    @property
    def public_key(self) -> bytes: ...


class SignedHead(msgspec.Struct, frozen=True):
    """`signature` (Ed25519) is of the text `head`, NUMBER:HASH; both it and the key are hexadecimal."""

    head: str
    signature: str
    public_key: str


@dataclass(frozen=True, slots=True)
class SignHead:
    """For a witness outside: nobody who rewrites the trail later can take back what the witness has."""

    chain: AuditChain
    signer: Signer

    async def __call__(self) -> SignedHead | None:
        """None while nothing is sealed."""
        head = await self.chain.head()
        if head is None:
            return None
        signature = self.signer.sign(str(head).encode())
        return SignedHead(str(head), signature.hex(), self.signer.public_key.hex())
