"""What the user told pip about indexes and certificates, in the words that uv understands."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wrapper import process

# Later wins, as in pip: files for all commands, files for `pip install`, PIP_* variables.
_SECTIONS = ("global", "install", ":env:")
_LINE = re.compile(r"^(global|install|:env:)\.([a-z-]+)=(.*)$")
_UV_INDEX_VARIABLES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
)
_UV_INDEX_KEYS = frozenset({"index", "index-url", "extra-index-url", "find-links", "no-index"})

Runner = Callable[..., process.Completed]


@dataclass(frozen=True, kw_only=True)
class PipSettings:
    """The settings of pip that say where packages come from."""

    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    cert: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy: str = ""
    timeout: str = ""


def read_pip_settings(runner: Runner = process.run) -> PipSettings:
    """Ask the pip beside this Python, or the one of its base: an environment made by uv has none."""
    for python in dict.fromkeys((sys.executable, getattr(sys, "_base_executable", sys.executable))):
        answer = runner([python, "-m", "pip", "config", "list"], timeout=60)
        if answer.returncode == 0:
            return parse_pip_settings(answer.stdout)
    return parse_pip_settings(_from_variables(os.environ))


def _from_variables(environ: Mapping[str, str]) -> str:
    """PIP_* variables as `pip config list` prints them, for a Python that has no pip at all."""
    lines = []
    for name, value in environ.items():
        if name.startswith("PIP_"):
            lines.append(f":env:.{name[4:].lower().replace('_', '-')}={value!r}")
    return "\n".join(lines)


def parse_pip_settings(listing: str) -> PipSettings:
    """Read what `pip config list` printed."""
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in listing.splitlines():
        match = _LINE.match(line.strip())
        if match:
            found[match[1]][match[2]] = str(ast.literal_eval(match[3]))
    merged: dict[str, str] = {}
    for section in _SECTIONS:
        merged |= found[section]
    return PipSettings(
        index_url=merged.get("index-url", ""),
        extra_index_urls=tuple(merged.get("extra-index-url", "").split()),
        find_links=tuple(merged.get("find-links", "").split()),
        no_index=merged.get("no-index", "").lower() in ("1", "true", "yes", "on"),
        cert=merged.get("cert", ""),
        trusted_hosts=tuple(merged.get("trusted-host", "").split()),
        proxy=merged.get("proxy", ""),
        timeout=merged.get("timeout") or merged.get("default-timeout", ""),
    )


def uv_variables(settings: PipSettings, environ: Mapping[str, str], *, uv_is_configured: bool) -> dict[str, str]:
    """pip's settings as uv's variables, not as arguments: an index URL may hold a password.

    Where the user configured uv's own indexes, those hold, and pip's are left out.
    """
    wanted: dict[str, str] = {
        "SSL_CERT_FILE": settings.cert,
        "UV_INSECURE_HOST": " ".join(settings.trusted_hosts),
        "ALL_PROXY": settings.proxy,
        "UV_HTTP_TIMEOUT": settings.timeout,
    }
    if not uv_is_configured:
        wanted |= {
            "UV_DEFAULT_INDEX": settings.index_url,
            "UV_INDEX": " ".join(settings.extra_index_urls),
            "UV_FIND_LINKS": ",".join(settings.find_links),
            "UV_NO_INDEX": "1" if settings.no_index else "",
            # pip looks at all indexes and takes the best file; uv by itself stops at the first index
            "UV_INDEX_STRATEGY": "unsafe-best-match" if settings.extra_index_urls else "",
        }
    return {name: value for name, value in wanted.items() if value and not environ.get(name)}


def uv_has_own_indexes(environ: Mapping[str, str], config_files: tuple[Path, ...] | None = None) -> bool:
    """True if the user told uv itself where packages come from."""
    if any(environ.get(name) for name in _UV_INDEX_VARIABLES):
        return True
    return any(_names_indexes(file) for file in config_files or _uv_config_files(environ))


def _uv_config_files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    if environ.get("UV_CONFIG_FILE"):
        return (Path(environ["UV_CONFIG_FILE"]),)
    user = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    windows = [Path(environ[name]) for name in ("APPDATA", "PROGRAMDATA") if environ.get(name)]
    return tuple(folder / "uv" / "uv.toml" for folder in (user, Path("/etc/xdg"), Path("/etc"), *windows))


def _names_indexes(file: Path) -> bool:
    try:
        config = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(_UV_INDEX_KEYS & (config.keys() | config.get("pip", {}).keys()))
