"""The Jinja environments: YAML for configs, Python for training scripts, HTML for reports."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import jinja2

from wrapper.resources import templates_dir


def yaml_template(name: str) -> jinja2.Template:
    """Every value goes through its `yaml` filter."""
    return _plain_environment("yaml", yaml_scalar).get_template(name)


def python_template(name: str) -> jinja2.Template:
    """Every value goes through its `python` filter."""
    return _plain_environment("python", python_literal).get_template(name)


def text_template(name: str) -> jinja2.Template:
    """Text for people: every value stands as it is."""
    return _plain_environment("text", str).get_template(name)


def html_template(name: str) -> jinja2.Template:
    return _html_environment().get_template(name)


@cache
def _plain_environment(filter_name: str, quote: Callable[[object], str]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir()),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - not HTML: the filter quotes
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters[filter_name] = quote
    return environment


@cache
def _html_environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir()),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def yaml_scalar(value: object) -> str:
    """A scalar as YAML 1.1 reads it back: strings quoted as in JSON, floats with the point that it needs."""
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float) and math.isfinite(value):
        text = repr(value)
        mantissa, e, exponent = text.partition("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}{e}{exponent}"
    raise TypeError(f"{value!r} is no YAML scalar")


def python_literal(value: object) -> str:
    """A constant as Python reads it back; text in double quotes."""
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if value.isprintable() else ascii(value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    raise TypeError(f"{value!r} is no Python constant")


def _escaped(character: str) -> str:
    """As JSON does it, but for characters beyond 16 bits: YAML reads JSON's surrogate pairs as two of them."""
    return json.dumps(character)[1:-1] if character <= "\uffff" else f"\\U{ord(character):08x}"
