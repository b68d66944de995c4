"""`thriftune advise`: prompting, retrieval or training, which to try next and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wrapper.cli.options import json_option, spec_argument

if TYPE_CHECKING:
    from wrapper.pipeline.advising import Advice
    from wrapper.plan.advice import Option, Price
    from wrapper.plan.plan import Range
    from wrapper.spec.fields import Task

_NAME_IT = (
    "name what goes wrong as `task.problem` (knowledge, behaviour, format, domain_language): that sharpens this"
)


@click.command("advise", epilog="Example: thriftune advise thriftune.yaml")
@spec_argument
@json_option
def command(spec: Path, as_json: bool) -> None:
    """Say whether to prompt, retrieve or train next, and why; spends nothing, and needs no network.

    Goes by `task.problem` and by what was measured in this project. The ways come in the order in which they should be
    tried, each with its score, or with what trying it would take; one of them is next.
    """
    from wrapper.cli.messages import print_json, printable
    from wrapper.pipeline.advising import advise
    from wrapper.spec.read import load_spec

    loaded = load_spec(spec)
    advised = advise(loaded)
    if as_json:
        print_json(advised.advice)
    else:
        click.echo(printable("\n".join(_text(advised.advice, loaded.spec.task))))
    for note in advised.notes:
        click.echo(printable(f"note: {note}"), err=True)


def _text(advice: Advice, task: Task) -> Iterator[str]:
    problem = f", the problem is {advice.problem}" if advice.problem else ""
    yield f"{task.name}: {task.metric}, target {task.target:g}{problem}"
    yield ""
    width = max(len(option.option) for option in advice.options)
    for option in advice.options:
        yield f"{'->' if option.next else '  '} {option.option:<{width}}  {_state(option)}"
        yield f"   {'':<{width}}  {option.reason}"
    yield ""
    yield f"next: {advice.next.option}: {advice.next.reason}"
    if advice.next.first:
        yield f"first: {advice.next.first}"
    yield f"then: {advice.next.command}"
    if not advice.problem:
        yield _NAME_IT


def _state(option: Option) -> str:
    told = option.told
    if option.earlier:
        told += f" ({option.earlier})"
    return f"{told}, {_price(option.price)}" if option.state == "not measured" and option.price else told


def _price(price: Price) -> str:
    parts = [_minutes(price.seconds)] if price.seconds else []
    parts += [_dollars(price.usd)] if price.usd else []
    return ", ".join(parts)


def _minutes(span: Range) -> str:
    return f"{span.likely / 60:.1f} min ({span.low / 60:.1f} to {span.high / 60:.1f})"


def _dollars(span: Range) -> str:
    return f"${span.likely:.3f} ({span.low:.3f} to {span.high:.3f})"
