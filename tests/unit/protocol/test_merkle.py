"""The Merkle tree against the vectors of RFC 6962's own implementations, and against forged paths."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaison.protocol.merkle import NODE_PREFIX, Joint, Paths, Tree, leaf_hash

# The eight leaves and roots of certificate-transparency's merkle tree tests (RFC 6962, section 2.1).
LEAVES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word: split at the largest power of two smaller than the number of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + by_the_book(leaves[:split]) + by_the_book(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_known_vectors(size: int) -> None:
    assert Tree([leaf_hash(leaf) for leaf in LEAVES[:size]]).root.hex() == ROOTS[size - 1]


def test_a_known_audit_path() -> None:
    tree = Tree([leaf_hash(leaf) for leaf in LEAVES[:5]])
    assert tree.path(1).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
    )


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65, 1023, 1024])
def test_the_root_is_that_of_the_rfc_whatever_the_size(size: int) -> None:
    leaves = [leaf_hash(number.to_bytes(2, "big")) for number in range(size)]
    assert Tree(leaves).root == by_the_book(leaves)


sizes = st.integers(1, 70)


@settings(max_examples=40, deadline=None)
@given(sizes.flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_every_leaf_has_a_path_to_the_root(place: tuple[int, int]) -> None:
    size, index = place
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    tree = Tree(leaves)
    assert Paths(tree.root, size).lead(leaves[index], index, tree.path(index))


@settings(max_examples=40, deadline=None)
@given(sizes.flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1), st.integers(0, size - 1))))
def test_a_path_proves_one_place_only(places: tuple[int, int, int]) -> None:
    size, index, other = places
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    tree = Tree(leaves)
    assert Paths(tree.root, size).lead(leaves[index], other, tree.path(index)) == (index == other)


@settings(max_examples=40, deadline=None)
@given(sizes.flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))), st.integers(1, 5))
def test_a_path_of_the_wrong_length_proves_nothing(place: tuple[int, int], by: int) -> None:
    size, index = place
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    tree = Tree(leaves)
    path = tree.path(index)
    paths = Paths(tree.root, size)
    for _ in ("unproved", "proved before"):
        assert not paths.lead(leaves[index], index, path + tree.root * by)
        if path:
            assert not paths.lead(leaves[index], index, path[:-32])
            assert not paths.lead(leaves[index], index, path[:-1])
        assert paths.lead(leaves[index], index, path)


@settings(max_examples=40, deadline=None)
@given(sizes.flatmap(lambda size: st.tuples(st.just(size), st.permutations(range(size)))), st.data())
def test_what_was_proved_before_changes_no_answer(tried: tuple[int, list[int]], data: st.DataObject) -> None:
    """Right and forged paths in any order: the answer is that of a reader who has seen nothing yet."""
    size, order = tried
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    tree = Tree(leaves)
    paths = Paths(tree.root, size)
    for index in order:
        path = bytearray(tree.path(index))
        if path and data.draw(st.booleans()):
            path[data.draw(st.integers(0, len(path) - 1))] ^= 1
        leaf = data.draw(st.sampled_from([leaves[index], leaf_hash(b"forged")]))
        assert paths.lead(leaf, index, bytes(path)) == Paths(tree.root, size).lead(leaf, index, bytes(path))


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (5, 4), (0, 0), (0, -1), (2**31 - 1, 4)])
def test_an_index_out_of_range_proves_nothing(index: int, size: int) -> None:
    tree = Tree([leaf_hash(bytes([number])) for number in range(4)])
    assert not Paths(tree.root, size).lead(leaf_hash(b"\x00"), index, tree.path(0))


def test_a_step_that_is_not_a_hash_proves_nothing() -> None:
    leaves = [leaf_hash(b"a"), leaf_hash(b"b")]
    paths = Paths(Tree(leaves).root, 2)
    assert not paths.lead(leaves[0], 0, leaves[1] + b"\x00")
    assert not paths.lead(leaves[0], 0, b"")


def test_a_node_cannot_be_passed_off_as_a_leaf() -> None:
    """Second preimage: without prefixes, the two hashes under a node would themselves be an event with the same hash."""
    leaves = [leaf_hash(bytes([number])) for number in range(4)]
    tree = Tree(leaves)
    inner = leaves[0] + leaves[1]
    assert leaf_hash(inner) != sha256(NODE_PREFIX + inner).digest()
    assert not Paths(tree.root, 2).lead(leaf_hash(inner), 0, tree.levels[1][1])


def test_an_odd_leaf_is_promoted_and_never_counted_twice() -> None:
    """Where an odd leaf is duplicated, three leaves and four have one root (CVE-2012-2459)."""
    leaves = [leaf_hash(bytes([number])) for number in range(3)]
    assert Tree(leaves).root != Tree([*leaves, leaves[2]]).root
    assert Tree(leaves).levels[1][1] == leaves[2]


def test_a_tree_needs_a_leaf() -> None:
    with pytest.raises(ValueError, match="needs a leaf"):
        Tree([])


# --- several leaves together --------------------------------------------------------------------------------------------------

some = sizes.flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1), min_size=1).map(sorted)))


def grown(size: int) -> tuple[list[bytes], Tree]:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    return leaves, Tree(leaves)


@settings(max_examples=80, deadline=None)
@given(some)
def test_leaves_lead_to_the_root_together_and_each_keeps_its_audit_path(places: tuple[int, list[int]]) -> None:
    size, chosen = places
    leaves, tree = grown(size)
    joint = Joint(size, {index: leaves[index] for index in chosen}, tree.joint_path(chosen))
    assert joint.root == tree.root
    assert [joint.path(index) for index in chosen] == [tree.path(index) for index in chosen]
    assert all(joint.joint_path([index]) == tree.path(index) for index in chosen)
    assert joint.joint_path(chosen[::2]) == tree.joint_path(chosen[::2])


@settings(max_examples=80, deadline=None)
@given(some, st.data())
def test_a_joint_path_proves_these_leaves_at_these_places_only(places: tuple[int, list[int]], data: st.DataObject) -> None:
    size, chosen = places
    leaves, tree = grown(size)
    told, path = {index: leaves[index] for index in chosen}, tree.joint_path(chosen)
    victim = data.draw(st.sampled_from(chosen))
    assert Joint(size, {**told, victim: leaf_hash(b"forged")}, path).root != tree.root
    assert Joint(size, told, path + tree.root).root != tree.root
    if path:
        assert Joint(size, told, path[:-32]).root != tree.root
        assert Joint(size, told, path[:-1]).root != tree.root
        assert Joint(size, told, bytes(len(path))).root != tree.root
    free = [index for index in range(size) if index not in told]
    if free:
        others = {at: leaf for at, leaf in told.items() if at != victim}
        moved = {**others, data.draw(st.sampled_from(free)): told[victim]}
        assert Joint(size, dict(sorted(moved.items())), path).root != tree.root
        assert Joint(size, dict(sorted({**told, free[0]: leaf_hash(b"forged")}.items())), path).root != tree.root


@pytest.mark.parametrize(("indexes", "size"), [([], 4), ([-1], 4), ([4], 4), ([0, 2**31 - 1], 4), ([0], 0), ([0], -1), ([0], 2**31 - 1)])
def test_places_that_cannot_be_prove_nothing_together(indexes: list[int], size: int) -> None:
    tree = grown(4)[1]
    assert Joint(size, dict.fromkeys(indexes, leaf_hash(b"\x00")), tree.path(0)).root != tree.root
