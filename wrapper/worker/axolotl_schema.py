"""Prints what the installed Axolotl knows of configs, as one JSON document: its schema, its plugins' keys, its names.

Axolotl's own `config-schema` falls back to a list of names, because torch dtypes are no JSON; here they
become strings. Runs inside the axolotl environment; `scripts/backend_schema` writes the files.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import re
import sys
import warnings
from enum import Enum
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel
from pydantic.json_schema import GenerateJsonSchema, PydanticJsonSchemaWarning


class RepairedJsonSchema(GenerateJsonSchema):
    """Pydantic's schema with torch dtypes loosened to strings and every accepted spelling of a key."""

    def enum_schema(self, schema: Any) -> dict[str, Any]:
        if all(isinstance(member.value, str | int | float) for member in schema["members"]):
            return super().enum_schema(schema)
        return {"type": "string", "title": schema["cls"].__name__}

    def encode_default(self, value: Any) -> Any:
        return value.name if isinstance(value, Enum) else super().encode_default(value)

    def model_schema(self, schema: Any) -> dict[str, Any]:
        made = super().model_schema(schema)
        properties = made.get("properties", {})
        for name, others in other_spellings(schema["cls"]).items():
            spellings = {name, *others}
            known = next((key for key in properties if key in spellings), None)
            for other in sorted(spellings - {known}) if known else ():
                properties[other] = properties[known]
        return made


def other_spellings(model: type[BaseModel]) -> dict[str, set[str]]:
    """Field name: the aliases that the model reads it from, where it has any."""
    found: dict[str, set[str]] = {}
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        if alias is None:
            continue
        choices = {str(choice) for choice in alias.choices} if isinstance(alias, AliasChoices) else {str(alias)}
        found[name] = choices if by_name or name in choices else set()
        if not by_name and name not in choices:
            found[sorted(choices)[0]] = choices
            del found[name]
    return found


def arguments_module(package: Path) -> Any:
    """`args` of one plugin; from the file alone where the plugin needs what is not installed here."""
    try:
        return importlib.import_module(f"axolotl.integrations.{package.name}.args")
    except ImportError:
        spec = spec_from_file_location(f"{package.name}_args", package / "args.py")
        module = module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module


def plugin_schemas() -> dict[str, Any]:
    """Folder of `axolotl.integrations`: the plugin classes in it, and the schema of the keys that they add."""
    import axolotl.integrations

    found: dict[str, Any] = {}
    for file in sorted(Path(axolotl.integrations.__path__[0]).glob("*/args.py")):
        package = file.parent
        sources = "\n".join(source.read_text(encoding="utf-8") for source in sorted(package.glob("*.py")))
        model = re.search(r"axolotl\.integrations\.\w+(?:\.args)?\.(\w+)[\"']", sources)
        if model is None:
            continue
        schema = getattr(arguments_module(package), model.group(1)).model_json_schema(
            schema_generator=RepairedJsonSchema
        )
        found[package.name] = {
            "classes": sorted(set(re.findall(r"^class (\w+)\(\w*BasePlugin\w*\)", sources, re.MULTILINE))),
            "schema": {key: schema[key] for key in ("properties", "$defs", "required") if key in schema},
        }
    return found


def known_values() -> dict[str, list[str]]:
    """Optimisers and schedulers by name: Axolotl's schema takes any string for them."""
    from axolotl.utils.schemas.enums import CANONICAL_ATTN_IMPLS, CustomSupportedOptimizers
    from transformers.trainer_utils import SchedulerType
    from transformers.training_args import OptimizerNames

    optimizers = {member.value for member in (*OptimizerNames, *CustomSupportedOptimizers)}
    return {
        "optimizer": sorted(optimizers),
        "lr_scheduler": sorted({member.value for member in SchedulerType} | {"one_cycle", "rex"}),
        "attn_implementation": sorted(CANONICAL_ATTN_IMPLS),
    }


def describe() -> dict[str, Any]:
    from axolotl.utils.schemas.config import AxolotlInputConfig

    released = version("axolotl")
    schema = AxolotlInputConfig.model_json_schema(schema_generator=RepairedJsonSchema)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Input model of axolotl {released} (Apache-2.0), made by scripts/backend_schema",
        **schema,
    }
    return {
        "version": released,
        "schema": schema,
        "companion": {
            "source": f"axolotl {released} (Apache-2.0) and its transformers {version('transformers')}, "
            "made by scripts/backend_schema",
            "values": known_values(),
            "plugins": plugin_schemas(),
        },
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
    with contextlib.redirect_stdout(sys.stderr):
        document = describe()
    json.dump(document, sys.stdout)
