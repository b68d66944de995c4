"""The report of a run: one self-contained HTML page, made from the run's result document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wrapper.render import html_template


def write_report(result: Mapping[str, Any], file: Path) -> None:
    """Write the page whole; `result` is a RunResult as plain values. Data is escaped by the template."""
    write_page(html_template("report/report.html.j2").render(result=result), file)


def write_page(text: str, file: Path) -> None:
    """Whole or not at all."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
