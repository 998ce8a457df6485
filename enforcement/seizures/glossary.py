"""What the words of the work mean that officers meet in the console, in a sentence each."""

from __future__ import annotations

from typing import Final

from liaison.console.words import n_

# Word and meaning, as `Console.glossary` has them.
TERMS: Final = (
    (n_("contact point"), n_("The customs office of a country through which it takes part: it reports, and reads what others release.")),
    (
        n_("regional office"),
        n_("Verifies what its contact points report, and writes alerts for them. The hub does so for members without one."),
    ),
    (n_("hub"), n_("The office of the Secretariat: it sees the whole verified world, releases code lists and keeps the member list.")),
    (n_("case"), n_("One event in which goods were found, told by one contact point under a reference of its own.")),
    (n_("seizure"), n_("The goods of one section in one case; it is what tables count.")),
    (n_("section"), n_("The kind of goods, such as drugs, environment or revenue. It decides which fields a report asks for.")),
    (n_("level"), n_("How much a report tells: the simplified one what every report needs, the full one all that the network can use.")),
    (n_("version"), n_("A case as it was submitted once. A correction is the next version; the older ones stay, superseded.")),
    (n_("draft"), n_("Kept here alone; nothing of it has left this node.")),
    (n_("submitted"), n_("Signed and on its way to the office, which has not decided yet.")),
    (n_("validated"), n_("The office found nothing against it: it is shared with whom it is for, and counted.")),
    (n_("returned"), n_("The office says what to correct. Corrected and submitted again it is the next version.")),
    (n_("declined"), n_("Refused for good, with the reason; it is neither shared nor counted.")),
    (n_("withdrawn"), n_("Its reporter took it back; everybody who has it was told, and it counts nowhere.")),
    (n_("verdict"), n_("The office's signed decision on one version: by rule, or by a verifier.")),
    (n_("releasability"), n_("For whom a case is, as its reporter says: everybody, named countries or offices, or its office alone.")),
    (
        n_("TLP"),
        n_("Traffic Light Protocol. RED: its named readers alone; AMBER: those who need to know; GREEN: the community; CLEAR: all."),
    ),
    (
        n_("handling code"),
        n_("What may be done with a product, such as using it only for intelligence, or asking its originator before acting on it."),
    ),
    (n_("notice"), n_("A verified case of another country that this one is told of because it lies on the route.")),
    (n_("lead"), n_("A contact point's word that a notice belongs to a case of its own, or to something it is looking for.")),
    (n_("nil report"), n_("The statement that a month brought no seizures of a section, so that silence and nothing are told apart.")),
    (n_("edition"), n_("The code lists as they hold from a day on. A case keeps the edition under which it was made.")),
)
