"""What is kept of refused events and batches, for the catalogues: it is written in English where they are judged, which must not cost more,
and known again where it is shown (see `Words.again`). A test compares these with what the judging code says.
"""

from __future__ import annotations

from typing import Final

from liaison.console.words import n_

VERDICTS: Final = (
    n_("The record has {bytes} bytes; the limit is {most}."),
    n_("The batch has {events} events; 1 to {most} are allowed."),
    n_("Federation {other}…, ours is {ours}…."),
    n_("Environment {other}, ours is {ours}."),
    n_("Made under member list {other}; ours is {ours}."),
    n_("{issuer} with key {key} is not in member list {version} for that date."),
    n_("Batch of {issuer} on {topic}."),
    n_("{issuer} wrote to {topic}, which this federation does not have."),
    n_("{issuer} may not write {topic}."),
    n_("Key {key} of {issuer}."),
    n_("Key {key} of {issuer}, since {since}Z."),
    n_("There is no region {region}."),
    n_("Header says {topic} {region}."),
    n_("Header says {topic} partition {partition}; it came on {other} partition {another}."),
    n_("Batch of {issuer} from sequence {sequence}."),
    n_("Dated {at}; our clock says {now}."),
    n_("Epoch {epoch} begins after our clock, which says {now}."),
    n_("Sequence {sequence} came where {expected} was expected."),
    n_("Stream of {issuer} on {topic}, epoch {epoch}, at sequence {sequence}."),
    n_("Dated {at}, after {before}."),
    n_("{error} while reading it."),
    n_("{bytes} bytes; {topic} allows {most}."),
    n_("Event of {named} in a batch of {issuer}."),
    n_("{type} under schema {schema}…."),
    n_("{type} from {issuer} on {topic}."),
    n_("{type} of {issuer}."),
    n_("The path does not lead to the root of {issuer}'s batch."),
    n_("The places in {issuer}'s batch are not in order."),
    n_("The event is withheld."),
    n_("The header is longer than {most} bytes."),
    n_("Format {format}, algorithm {algorithm}."),
    n_("Format {format}."),
    n_("The header's {name} is not a name of at most {most} printable characters."),
    n_("The header's epoch, sequence, count or member list version is out of bounds."),
)
