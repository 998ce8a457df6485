"""One hop (read, verify, decode, store) of ours beside the same job on other frameworks: `python -m bench.hop`.

Same events, same table, same commit size, one embedded broker, one after another. Peers sign and check each event, as they know no
batch; all keep the signed originals. The clock runs from the first record in hand to the last commit, start-up is not counted.
"""

from __future__ import annotations

import sys
from functools import partial

from bench.command import main, parser
from bench.hop.comparing import EVENTS, measure, show

if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--events", type=int, default=EVENTS, help=f"how many (default: {EVENTS})")
    given = options.parse_args()
    sys.exit(main(partial(measure, given.events), show, as_json=given.as_json))
