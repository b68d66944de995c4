"""What a plain scalar of YAML means: by YAML 1.2's core schema, or as PyYAML reads YAML 1.1."""

from __future__ import annotations

import re
from typing import Any

import yaml

# https://yaml.org/spec/1.2.2/#103-core-schema
_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")

_resolver: Any = yaml.resolver.Resolver()
_constructor: Any = yaml.constructor.SafeConstructor()


def construct(node: yaml.ScalarNode) -> Any:
    """The value of a scalar, exactly as `yaml.safe_load` gives it."""
    return _constructor.construct_document(node)


def resolve_yaml12(node: yaml.ScalarNode) -> Any:
    """The value of a scalar by YAML 1.2; quoted and block scalars are text, an explicit tag is honoured."""
    text = str(node.value)
    if node.style in ("'", '"', "|", ">"):
        implicit_tag, plain = _resolver.resolve(yaml.ScalarNode, text, (False, True)), False
    else:
        implicit_tag, plain = _resolver.resolve(yaml.ScalarNode, text, (True, False)), True
    if node.tag != implicit_tag:
        return construct(node)
    return _plain(text) if plain else text


def _plain(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return float(text)
    if _SPECIAL.match(text):
        return float(text.replace(".", "").lower())
    return text
