"""Search and statistics by commands: a case on its way is found where it is, counted where it is validated, and exports are audited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"


def test_found_counted_and_exported_at_each_office(offices: Any, tmp_path: Path) -> None:
    assert offices.ok(NCP, "seizures", "search", "section=drugs") == {"filters": ["section=drugs"], "seizures": [], "next": ""}
    offices.bring("A-1;2025-03-05;airport;cocaine;12,5;double bottom", "A-2;2025-04-05;port;cocaine;1;")
    for office in (NCP, RILO, HUB):
        found = offices.ok(office, "seizures", "search", "commodity=cocaine", "amount>=10 KGM", "--text", "DOUBLE", "--count")
        assert ([row["reference"] for row in found["seizures"]], found["fitting"]) == (["A-1"], 1), office
        table = offices.ok(office, "statistics", "table", "--rows", "month", "--columns", "location", "--from", "2025", "--to", "2025")
        assert (table["total"], table["totals"], table["coverage"]["reporting"]) == (2, {"airport": 1, "seaport": 1}, 1), office
    offices.ok(NCP, "seizures", "withdraw", "A-2", "--reason-code", "duplicate", "--reason", "Reported twice.")
    offices.federation.settle()
    for office in (NCP, RILO, HUB):
        assert offices.ok(office, "statistics", "table", "--rows", "section")["total"] == 1, office
        assert len(offices.ok(office, "seizures", "search", "state=withdrawn")["seizures"]) == 1, office

    file = tmp_path / "drugs.csv"
    offices.ok(HUB, "statistics", "export", str(file), "--rows", "section", "--outside")
    assert "total,Total,s" in file.read_text(encoding="utf-8-sig")
    assert [row["file"] for row in offices.ok(HUB, "statistics", "releases")] == ["drugs.csv"]
    assert offices.audited(HUB, "statistics.release") == ["drugs.csv"]
