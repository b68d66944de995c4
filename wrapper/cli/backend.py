"""`thriftune backend`: list, install and check the environments that backends run in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wrapper.errors import EnvironmentFault

if TYPE_CHECKING:
    from wrapper.environments import Accelerator, CheckReport, Environment

_ACCELERATORS: tuple[Accelerator, ...] = ("cpu", "cuda")


@click.group()
def command() -> None:
    """Backend environments: list, install, check."""


@command.command("ls")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def list_environments(as_json: bool) -> None:
    """List the environments and whether they are installed."""
    from wrapper.cli.messages import print_json
    from wrapper.environments import detect_accelerator, environment_names
    from wrapper.environments.locate import environment_folder, find, read_marker
    from wrapper.environments.sizes import needed_gib

    rows: list[dict[str, object]] = []
    for name in environment_names():
        for accelerator in _ACCELERATORS:
            folder = environment_folder(name, accelerator)
            marker = read_marker(folder) if find(name, accelerator) else None
            size_gib = marker.disk_bytes / 1024**3 if marker else needed_gib(name, accelerator)
            rows.append(
                {
                    "name": name,
                    "accelerator": accelerator,
                    "installed": marker is not None,
                    "disk_gib": round(size_gib, 2),
                    "python": marker.python if marker else None,
                    "torch": marker.torch if marker else None,
                    "folder": str(folder),
                }
            )
    detected = detect_accelerator()
    if as_json:
        print_json({"version": 1, "accelerator": detected, "environments": rows})
        return
    for row in rows:
        state = f"torch {row['torch']}, {row['folder']}" if row["installed"] else "not installed"
        click.echo(f"{row['name']:<8} {row['accelerator']:<5} {row['disk_gib']:>5.1f} GiB  {state}")
    click.echo(f"\nthis machine: {detected}")


@command.command("install")
@click.argument("name")
@click.option("--cpu", "accelerator", flag_value="cpu", help="For a machine without a GPU.")
@click.option("--cuda", "accelerator", flag_value="cuda", help="For an NVIDIA GPU (Linux).")
@click.option("--reinstall", is_flag=True, help="Make it anew even if it is there.")
def install_environment(name: str, accelerator: Accelerator | None, reinstall: bool) -> None:
    """Install the environment NAME (axolotl, trl or unsloth), for the device that is found unless one is named.

    The indexes, find-links folders, certificates and offline settings of uv and pip hold. Environments
    lie in the user's cache folder, or in THRIFTUNE_CACHE. THRIFTUNE_TORCH_SOURCE, a folder or the URL of
    a package index, says where torch comes from.
    """
    from wrapper.environments import detect_accelerator, find, install
    from wrapper.environments.locate import discard, read_marker

    chosen = accelerator or detect_accelerator()
    found = find(name, chosen)
    if found is not None and reinstall:
        discard(found)
    environment = install(name, chosen, say=_say)
    marker = read_marker(environment.folder)
    if marker is None:
        raise EnvironmentFault(f"{environment.folder} vanished", hint="run the same command again")
    size_gib = marker.disk_bytes / 1024**3
    took = f"{marker.packages} packages, {size_gib:.2f} GiB, {marker.install_seconds:.0f} s"
    click.echo(f"`{name}` for {chosen} is installed in {environment.folder} ({took})")


@command.command("check")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def check_environments(name: str | None, as_json: bool) -> None:
    """Try out NAME, or all that is installed: versions, imports, a 4-bit layer on the device."""
    from wrapper.cli.messages import print_json, show_failure
    from wrapper.environments import check

    reports = []
    for environment in _installed(name):
        _say(f"checking `{environment.backend}` for {environment.accelerator}")
        report = check(environment)
        reports.append(report)
        if not as_json:
            _show(report)
    if as_json:
        documents = [_document(report) for report in reports]
        print_json({"version": 1, "ok": all(report.ok for report in reports), "environments": documents})
    broken = next((report for report in reports if not report.ok), None)
    if broken is not None:
        where = broken.environment
        message = f"the `{where.backend}` environment for {where.accelerator} does not work"
        show_failure(EnvironmentFault(message, hint=_remedy(broken)))
        raise SystemExit(EnvironmentFault.exit_code)


def _remedy(report: CheckReport) -> str:
    """What to do: packages that are wrong are installed again, a GPU that is not seen is another matter."""
    where = report.environment
    if where.accelerator == "cuda" and {result.name for result in report.results if not result.ok} == {"nf4"}:
        return "does `nvidia-smi` show the GPU, and a driver new enough for the CUDA that torch was built for?"
    return f"thriftune backend install {where.backend} --{where.accelerator} --reinstall"


def _installed(name: str | None) -> list[Environment]:
    """The environments to check; EnvironmentFault if there are none."""
    from wrapper.environments import detect_accelerator, environment_names, find, require

    found = [
        environment
        for backend in ([name] if name else environment_names())
        for accelerator in _ACCELERATORS
        if (environment := find(backend, accelerator)) is not None
    ]
    return found or [require(name or environment_names()[0], detect_accelerator())]


def _show(report: CheckReport) -> None:
    where = report.environment
    click.echo(f"{where.backend} {where.accelerator}")
    for result in report.results:
        state = "ok" if result.ok else "FAILED"
        click.echo(f"  {result.name:<9} {state:<6} {result.seconds:>5.1f} s  {result.detail}")


def _document(report: CheckReport) -> dict[str, object]:
    where = report.environment
    return {
        "name": where.backend,
        "accelerator": where.accelerator,
        "folder": str(where.folder),
        "ok": report.ok,
        "checks": report.results,
    }


def _say(line: str) -> None:
    click.echo(line, err=True)
