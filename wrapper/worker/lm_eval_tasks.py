"""lm-eval's own tasks by name, their rows from a local file where one is given."""

from __future__ import annotations

import difflib
import json
from pathlib import Path


class UnknownTask(Exception):
    """lm-eval has no such task, or several; the message says what to name."""


def require_task(name: str, manager) -> None:
    """Raises UnknownTask unless lm-eval has one task of that name."""
    if name in manager.all_subtasks:
        return
    if name in manager.all_groups or name in manager.all_tags:
        raise UnknownTask(f"`{name}` is a group of tasks in lm-eval: name one of them")
    near = difflib.get_close_matches(name, manager.all_subtasks, n=3)
    meant = f"did you mean {' or '.join(f'`{one}`' for one in near)}? " if near else ""
    raise UnknownTask(f"lm-eval has no task `{name}`; {meant}`lm_eval ls tasks` lists them")


def task_of(config: dict, manager, folder: Path) -> str:
    """What `simple_evaluate` is given: the name, or a file in `folder` that redirects the task to local rows."""
    require_task(config["task"], manager)
    if len(config) == 1:
        return config["task"]
    file = folder / f"{config['task']}.yaml"
    included = {"include": str(manager.task_index[config["task"]].yaml_path)}
    file.write_text(json.dumps({**included, **config}), encoding="utf-8")  # JSON is YAML
    return str(file)
