"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path

import click


def _parse_overrides(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    from wrapper.pipeline.run import GATES

    overrides: dict[str, str] = {}
    for value in values:
        gate, separator, reason = value.partition("=")
        if gate not in GATES:
            raise click.BadParameter(f"no gate `{gate}`; gates are {', '.join(GATES)}")
        if not separator or not reason.strip():
            raise click.BadParameter(f"a reason is needed: --override {gate}='why'")
        overrides[gate] = reason.strip()
    return overrides


spec_argument = click.argument("spec", type=click.Path(path_type=Path), default=Path("thriftune.yaml"), required=False)
override_option = click.option(
    "--override",
    multiple=True,
    metavar="GATE=REASON",
    callback=_parse_overrides,
    help="Pass a gate (licence, data, grader, need, fit, smoke) all the same; the ledger keeps the reason.",
)
folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project's folder; the current one if left out.",
)
export_option = click.option(
    "--export",
    type=click.Path(path_type=Path),
    default=None,
    help="Also write the model arms as lm-eval tasks into this new folder: they run with lm_eval alone.",
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print the result only.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
refresh_option = click.option("--refresh", is_flag=True, help="Fetch GPU prices of today first.")


def refresh_and_tell() -> None:
    """What `--refresh` does: each provider's outcome on stderr, whether its prices came or not."""
    from wrapper.cli.messages import printable
    from wrapper.presets.prices import refresh_prices

    for outcome in refresh_prices().outcomes:
        click.echo(printable(outcome.sentence), err=True)
