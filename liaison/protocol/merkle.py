"""The Merkle tree of RFC 6962: leaf prefix 0x00, node prefix 0x01, an odd node is promoted and never duplicated."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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

    def joint_path(self, indexes: Sequence[int]) -> bytes:
        """What leads these leaves (ascending, each once) to the root together: the nodes that cannot be made of them, level by level
        from the leaves upward, left to right. For one leaf it is the audit path.
        """
        return _joint_path([dict(enumerate(level)) for level in self.levels], indexes)


def _joint_path(levels: Sequence[Mapping[int, bytes]], indexes: Sequence[int]) -> bytes:
    found, known = [], list(indexes)
    for level in levels[:-1]:
        given = set(known)
        found += [level[at ^ 1] for at in known if at ^ 1 not in given and at ^ 1 in level]
        known = list(dict.fromkeys(at >> 1 for at in known))
    return b"".join(found)


class Joint:
    """Some leaves of a tree and their joint path: the nodes that can be known from them."""

    __slots__ = ("_levels", "complete")

    def __init__(self, size: int, leaves: Mapping[int, bytes], path: bytes) -> None:
        """`leaves`: leaf hashes by index, ascending, of a tree over `size`. `complete`: the path had just the nodes that were wanting."""
        level, last, at = dict(leaves), size - 1, 0
        self._levels = [level]
        self.complete = bool(level) and min(level) >= 0 and max(level) <= last
        while last and self.complete:
            above: dict[int, bytes] = {}
            for index in [*level]:
                other = index ^ 1
                if other > last:  # an odd node at the end of its level is promoted
                    above[index >> 1] = level[index]
                    continue
                if other not in level:
                    level[other] = path[at : at + HASH_BYTES]
                    at += HASH_BYTES
                if index >> 1 not in above:
                    above[index >> 1] = sha256(NODE_PREFIX + level[index & ~1] + level[index | 1]).digest()
            level, last = above, last >> 1
            self._levels.append(level)
        self.complete = self.complete and at == len(path)

    @property
    def root(self) -> bytes:
        """The root they lead to; empty when the path is not complete."""
        return self._levels[-1][0] if self.complete else b""

    def path(self, index: int) -> bytes:
        """The audit path of one of the leaves."""
        found = []
        for level in self._levels[:-1]:
            if index ^ 1 in level:
                found.append(level[index ^ 1])
            index >>= 1
        return b"".join(found)

    def joint_path(self, indexes: Sequence[int]) -> bytes:
        """The joint path of some of the leaves, ascending, each once."""
        return _joint_path(self._levels, indexes)


class Paths:
    """Checks audit paths to one root. What one path has proved the next need not hash again: neighbours share most of their way."""

    __slots__ = ("_last", "_proved", "_root")

    def __init__(self, root: bytes, size: int) -> None:
        """`root` of a tree over `size` leaves."""
        self._root = root
        self._last = size - 1
        self._proved: dict[tuple[int, int], tuple[bytes, bytes]] = {}  # (level, place) -> the node there, and the path from it

    def lead(self, leaf: bytes, index: int, path: bytes) -> bool:
        """Whether `path` leads from this leaf hash at `index` to the root; false, too, when index or the path's length is impossible."""
        if not 0 <= index <= self._last:
            return False
        node, last, level, at = leaf, self._last, 0, 0
        passed = []
        while last:
            if (level, index) in self._proved:
                break
            passed.append(((level, index), (node, path[at:])))
            if index % 2 or index != last:  # an odd node at the end of its level is promoted
                sibling = path[at : at + HASH_BYTES]
                if len(sibling) != HASH_BYTES:
                    return False
                node = sha256(NODE_PREFIX + sibling + node if index % 2 else NODE_PREFIX + node + sibling).digest()
                at += HASH_BYTES
            index, last, level = index >> 1, last >> 1, level + 1
        if (node, path[at:]) != self._proved.get((level, index), (self._root, b"")):
            return False
        self._proved.update(passed)
        return True
