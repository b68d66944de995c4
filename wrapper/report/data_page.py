"""The page of a data audit: one self-contained HTML file with the histogram and the first findings of each rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wrapper.data.quality.findings import RULES, Finding
from wrapper.render import html_template
from wrapper.report.page import write_page

_SHOWN = 20
_GRAVE = {"error": 0, "warning": 1, "info": 2}


def write_data_page(report: Mapping[str, Any], findings: Sequence[Finding], file: Path) -> None:
    """Write the page whole; `report` is a DataReport as plain values. Data is escaped by the template."""
    by_rule: dict[str, list[Finding]] = {}
    for found in findings:
        by_rule.setdefault(found.rule, []).append(found)
    rules = [
        {
            "name": name,
            "severity": found[0].severity,
            "says": RULES[name].says,
            "count": len(found),
            "shown": found[:_SHOWN],
        }
        for name, found in sorted(by_rule.items(), key=lambda one: (_GRAVE[one[1][0].severity], -len(one[1])))
    ]
    most = max(count for _, _, count in report["tokens"]["histogram"])
    write_page(html_template("report/data.html.j2").render(report=report, rules=rules, most=most), file)
