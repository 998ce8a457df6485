"""What is refused about duplicates; the docstring is the operator's sentence."""

from __future__ import annotations

from liaison.protocol.errors import LiaisonError


class NoSuchPair(LiaisonError):  # noqa: N818 - named for the state
    """This node knows no such pair."""

    code = "duplicates.unknown"
    next_step = "See `liaison duplicates list`, with --state all for every one."


class SameCase(LiaisonError):  # noqa: N818 - named for the state
    """A case cannot be linked with itself."""

    code = "duplicates.same-case"
    next_step = "Name two cases."


class NotOwner(LiaisonError):  # noqa: N818 - named for the state
    """Only the administration that reported a case decides about it."""

    code = "duplicates.not-owner"
    next_step = "An office proposes a link with `liaison duplicates propose NUMBER`; the owners agree."


class NotSubmitted(LiaisonError):  # noqa: N818 - named for the state
    """A draft cannot be linked: nobody else has it."""

    code = "duplicates.draft"
    next_step = "Submit it first, or leave it out: what is not submitted counts nowhere."


class NotForAll(LiaisonError):  # noqa: N818 - named for what it is
    """A link is told to every office, so a case that is not for all cannot be linked: the link would name it."""

    code = "duplicates.not-for-all"
    next_step = (
        "Withdraw the one reported twice, or release it first: `liaison seizures release REFERENCE --to all`; `dismiss` tells nobody."
    )


class WrongState(LiaisonError):  # noqa: N818 - named for the state
    """The pair does not stand so that this can be done."""

    code = "duplicates.state"
    next_step = "See `liaison duplicates show NUMBER` for how it stands."


class NotConfirmed(LiaisonError):  # noqa: N818 - named for the state
    """Deciding many pairs needs a confirmation."""

    code = "duplicates.not-confirmed"
    next_step = "Look with `liaison duplicates list`, then give --yes."
