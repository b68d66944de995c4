"""A value that goes into a config or a script comes out of it: whatever stands in a path or a number."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from wrapper.render import html_template, python_template, yaml_template
from wrapper.render.environment import python_literal, yaml_scalar

scalars = st.one_of(
    st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)


@given(value=scalars)
@example(value="no")
@example(value="1e3")
@example(value="😀 \x85\u2028\x7f\ufeff")
@example(value="a: b # c\n- d")
@example(value=1e-05)
@example(value=1e22)
@example(value=-0.0)
def test_yaml_reads_back_what_was_written(value: object) -> None:
    found = yaml.safe_load(f"key: {yaml_scalar(value)}\n")["key"]
    assert (type(found), found) == (type(value), value)
    assert yaml.safe_load(yaml_scalar(value)) == value


def test_a_path_is_its_text() -> None:
    assert yaml.safe_load(yaml_scalar(Path("/a b/ü: 'c'"))) == "/a b/ü: 'c'"


@pytest.mark.parametrize("value", [math.nan, math.inf, [1], {"a": 1}, b"x", object()])
def test_what_is_no_scalar_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no YAML scalar"):
        yaml_scalar(value)
    with pytest.raises(TypeError, match="no Python constant"):
        python_literal(value)


@given(value=scalars)
@example(value='"""\\')
@example(value="\ud800")
@example(value="😀 \x85\u2028\n")
def test_python_reads_back_what_was_written(value: object) -> None:
    text = python_literal(value)
    found = ast.literal_eval(text)
    assert (type(found), found) == (type(value), value)
    assert text.isprintable()


@pytest.mark.parametrize("template", [yaml_template, python_template, html_template])
def test_a_missing_name_is_an_error(template: Callable[[str], jinja2.Template]) -> None:
    names = {yaml_template: "axolotl/train.yaml.j2", python_template: "trl/train.py.j2"}
    environment = template(names.get(template, "report/report.html.j2")).environment
    with pytest.raises(jinja2.UndefinedError):
        environment.from_string("{{ absent }}").render()


def test_templates_are_found() -> None:
    assert yaml_template("axolotl/train.yaml.j2").name == "axolotl/train.yaml.j2"
    assert html_template("report/report.html.j2").name == "report/report.html.j2"
