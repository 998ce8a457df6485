"""The Merkle tree of RFC 6962: leaf prefix 0x00, node prefix 0x01, an odd node is promoted and never duplicated."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"
HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the data, 32 bytes."""
    return sha256(LEAF_PREFIX + data).digest()


class Tree:
    """All levels over at least one leaf hash; level by level pairing gives the same tree as the RFC's largest power of two split."""

    __slots__ = ("levels",)

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """`leaves` are leaf hashes of 32 bytes, in order. Raises ValueError when there is none."""
        if not leaves:
            raise ValueError("a tree needs a leaf")
        level = list(leaves)
        self.levels = [level]
        while len(level) > 1:
            pairs = [sha256(NODE_PREFIX + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
            if len(level) % 2:
                pairs.append(level[-1])
            level = pairs
            self.levels.append(level)

    @property
    def root(self) -> bytes:
        """The Merkle root, 32 bytes."""
        return self.levels[-1][0]

    def path(self, index: int) -> bytes:
        """The audit path of one leaf, from the leaf upward (RFC 6962 section 2.1.1): hashes of 32 bytes, one after another."""
        found = []
        for level in self.levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                found.append(level[sibling])
            index >>= 1
        return b"".join(found)


def root_from_path(leaf: bytes, index: int, size: int, path: bytes) -> bytes | None:
    """The root that this path proves for the leaf at `index` of `size`; None when index or the path's length is impossible."""
    if not 0 <= index < size:
        return None
    node, last = leaf, size - 1
    for at in range(0, len(path), HASH_BYTES):
        while last and not index % 2 and index == last:  # an odd node at the end of its level is promoted
            index >>= 1
            last >>= 1
        sibling = path[at : at + HASH_BYTES]
        if not last or len(sibling) != HASH_BYTES:
            return None
        node = sha256(NODE_PREFIX + sibling + node if index % 2 else NODE_PREFIX + node + sibling).digest()
        index >>= 1
        last >>= 1
    return node if not index and last == 0 else None
