"""Measured runs are read strictly."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.presets.load import load_model_preset, preset_names
from wrapper.presets.measured import load_measured


def test_rows_of_presets_state_their_size():
    rows = [row for row in load_measured() if row.model in preset_names()]
    assert rows
    for row in rows:
        assert row.parameters == load_model_preset(row.model).parameters


def test_processors_have_threads_and_gpus_have_peaks():
    for row in load_measured():
        assert (row.accelerator == "cpu") == (row.threads is not None)
        assert (row.accelerator == "cuda") == (row.tflops is not None)


def test_a_broken_row_is_named(tmp_path, monkeypatch):
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "mine.jsonl").write_text('{"model": 1}\n', encoding="utf-8")
    monkeypatch.setattr("wrapper.presets.measured.presets_dir", lambda: tmp_path)
    with pytest.raises(BadInput, match=r"mine\.jsonl:1` is broken"):
        load_measured()
