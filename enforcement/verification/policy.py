"""What passes by rule: a case without findings, or with none but warnings that the office has decided do not block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from enforcement.seizures.rules import ERROR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.seizures.rules import Finding


@dataclass(frozen=True, slots=True)
class Policy:
    """One office's policy. `harmless`: codes of warnings that do not block; a late report is not a wrong one."""

    harmless: frozenset[str] = frozenset({"date.too-old"})

    def blocking(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings that keep a case from passing by rule: these wait for an officer."""
        return [finding for finding in findings if finding.severity == ERROR or finding.code not in self.harmless]
