"""`thriftune data preview`: one row as the model sees it, with the tokens that are trained marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wrapper.cli.data.inputs import data_options, request_of
from wrapper.cli.options import json_option
from wrapper.errors import EnvironmentFault, UsageFault

if TYPE_CHECKING:
    from wrapper.data.masks import Mask


@click.command("preview", epilog="Example: thriftune data preview train.jsonl --model smollm2-135m --row 7")
@data_options
@click.option("--row", "number", type=click.IntRange(min=1), default=1, show_default=True, help="Which training row.")
@json_option
def command(number: int, as_json: bool, **named: Any) -> None:
    """Show a row through the model's chat template: what is trained stands between the signs ⟦ and ⟧.

    Everything else is only read by the model. Exit code 3 says that the template marks it wrong.
    """
    from wrapper.cli.messages import print_json
    from wrapper.data.masks import mask_of
    from wrapper.data.prepare import read_splits
    from wrapper.data.tokens import Tokens
    from wrapper.errors import BadInput
    from wrapper.models import find_model

    request = request_of(**named)
    if request.model is None:
        raise UsageFault("no model is named", hint="name one: `--model smollm2-135m`, or a folder")
    model = find_model(request.model, request.folder)
    if model is None:
        name = request.model.preset or request.model.base
        hint = "name a local folder, or fetch it: `thriftune baseline`"
        raise EnvironmentFault(f"{name} is not on this machine", hint=hint)
    rows = read_splits(request.data, request.folder)["train"].rows
    if number > len(rows):
        raise UsageFault(f"there are {len(rows)} training rows", hint=f"give `--row` a number up to {len(rows)}")
    row = rows[number - 1]
    mask = mask_of(row, Tokens.load(model.path), request.system_prompt)
    if as_json:
        print_json({
            "file": row.file, "line": row.line, "model": model.name, "tokens": len(mask.tokens),
            "trained": mask.trained, "faults": mask.faults, "marked": mask.tokens,
        })  # fmt: skip
    else:
        click.echo(f"{row.file}:{row.line}: {len(mask.tokens)} tokens, {mask.trained} of them trained\n")
        click.echo(_marked(mask))
    if mask.faults:
        raise BadInput(f"the marking is wrong: {'; '.join(mask.faults)}", hint="choose another model or chat template")


def _marked(mask: Mask) -> str:
    """The text with its trained stretches between signs, and green where there is colour."""
    from wrapper.cli.messages import printable

    parts: list[str] = []
    trained = False
    for token in mask.tokens:
        if token.trained != trained:
            parts.append(click.style("⟦" if token.trained else "⟧", fg="green", bold=True))
            trained = token.trained
        text = printable(token.text)
        parts.append(click.style(text, fg="green") if trained else click.style(text, dim=True))
    return "".join([*parts, "⟧" if trained else ""])
