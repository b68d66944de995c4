"""The options of a metric out of the spec: its schema read, its function loaded."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from typing import Any

from wrapper.errors import BadInput
from wrapper.evaluation.graders import AnswerConstraints, GraderOptions
from wrapper.evaluation.graders.user_code import printable, stdout_kept
from wrapper.spec.grading_consistency import pattern_problem
from wrapper.spec.grading_fields import Constraints, Grading

_SCHEMA, _FUNCTION, _PATTERN = "task.grading.schema", "task.grading.function", "task.grading.pattern"


def grader_options(grading: Grading, folder: Path) -> GraderOptions:
    """What `task.grading` says, its files looked for in `folder`; raises BadInput that names the key and file."""
    problem = pattern_problem(grading.pattern) if grading.pattern is not None else ""
    if problem:
        raise BadInput(f"`{_PATTERN}` {problem}", hint="mend the pattern in the spec")
    return GraderOptions(
        aliases=grading.aliases,
        tolerance=grading.tolerance,
        pattern=grading.pattern,
        schema=None if grading.schema is None else read_schema(_named(folder, grading.schema)),
        constraints=None if grading.constraints is None else _constraints(grading.constraints),
        function=None if grading.function is None else _function(grading.function, folder),
    )


def grading_digest(grading: Grading, folder: Path) -> str:
    """Changes with the options and with the content of the files that they name; files not there are as empty."""
    digest = sha256(repr(grading).encode())
    for file in _files(grading, folder):
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()


def _files(grading: Grading, folder: Path) -> Iterator[Path]:
    if grading.schema is not None:
        yield _named(folder, grading.schema)
    if grading.function is not None:
        yield _named(folder, grading.function.rpartition(":")[0])


def _named(folder: Path, name: str) -> Path:
    return folder / Path(name).expanduser()


def _constraints(asked: Constraints) -> AnswerConstraints:
    return AnswerConstraints(**{name: getattr(asked, name) for name in asked.__struct_fields__})


def _text(file: Path, key: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"`{key}`: no file `{file}`", hint="paths are relative to the spec") from None
    except (OSError, UnicodeError) as failure:
        raise BadInput(f"`{key}`: {file} cannot be read: {failure}", hint="give a text file in UTF-8") from None


def read_schema(file: Path) -> Any:
    """The JSON Schema in a file; raises BadInput for what is none."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for

    try:
        schema = json.loads(_text(file, _SCHEMA))
    except json.JSONDecodeError as fault:
        raise BadInput(
            f"`{_SCHEMA}`: {file}:{fault.lineno}:{fault.colno} is no JSON: {fault.msg}",
            hint="a schema is written in JSON, not in YAML",
        ) from None
    except RecursionError:
        raise BadInput(f"`{_SCHEMA}`: {file} is nested too deeply", hint="mend the schema") from None
    if not isinstance(schema, dict | bool):
        raise BadInput(f"`{_SCHEMA}`: {file} is no JSON Schema: it is no object", hint='such as {"type": "object"}')
    kind: Any = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as fault:
        raise BadInput(
            f"`{_SCHEMA}`: {file} is no JSON Schema: `{fault.json_path}`: {fault.message}",
            hint="see https://json-schema.org/understanding-json-schema",
        ) from None
    return schema


def require_function(named: str, folder: Path) -> None:
    """Raises BadInput unless the file of `FILE.py:NAME` is Python that has NAME at its top; it is not run."""
    name, _, wanted = named.rpartition(":")
    file = _named(folder, name).resolve()
    try:
        top = ast.parse(_text(file, _FUNCTION)).body
    except (SyntaxError, ValueError) as failure:
        raise BadInput(
            f"`{_FUNCTION}`: {file}:{getattr(failure, 'lineno', None) or 1}: {failure}", hint="mend that file"
        ) from None
    functions = [part.name for part in top if isinstance(part, ast.FunctionDef)]
    others = any(not isinstance(part, ast.FunctionDef | ast.Expr) for part in top)  # imported, assigned, chosen by `if`
    if wanted not in functions and not others:
        raise _no_function(wanted, file, functions)


def _no_function(wanted: str, file: Path, functions: Sequence[str]) -> BadInput:
    known = f"it has {', '.join(f'`{key}`' for key in functions)}" if functions else "it defines none"
    return BadInput(f"`{_FUNCTION}`: no function `{wanted}` in {file}", hint=known)


def _function(named: str, folder: Path) -> Callable[[str, str, str], object]:
    """The function NAME of `FILE.py:NAME`; files beside it can be imported while it is loaded."""
    name, _, wanted = named.rpartition(":")
    file = _named(folder, name).resolve()
    _text(file, _FUNCTION)
    spec = spec_from_file_location(f"thriftune_user_{file.stem}", file)
    assert spec is not None  # it ends in .py
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.path.insert(0, str(file.parent))
    sys.modules[spec.name] = module
    try:
        with stdout_kept():  # what the command prints is its answer alone
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as failure:
        sys.modules.pop(spec.name, None)
        raise BadInput(
            printable(f"`{_FUNCTION}`: {file}:{_line(failure, file)}: {type(failure).__name__}: {failure}"),
            hint="the file must load without an error: try `python` on it",
        ) from failure
    finally:
        sys.path.remove(str(file.parent))
    found = getattr(module, wanted, None)
    if not callable(found):
        functions = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise _no_function(wanted, file, functions)
    checked: Callable[[str, str, str], object] = found
    return checked


def _line(failure: BaseException, file: Path) -> int:
    """The line of the user's file that failed, 1 where it is not known."""
    if isinstance(failure, SyntaxError) and failure.filename == str(file):
        return failure.lineno or 1
    lines = [frame.lineno for frame in extract_tb(failure.__traceback__) if frame.filename == str(file)]
    return (lines[-1] if lines else None) or 1
