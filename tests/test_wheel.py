"""The wheel holds what git tracks of the package and its resources, no more and no less, and finds them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.real


def run(*argv: str | Path, cwd: Path) -> str:
    ended = subprocess.run(
        [str(word) for word in argv], cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def tracked() -> set[str]:
    """Where each file that git tracks should lie in the wheel."""
    listed = run("git", "ls-files", "-z", "--", "wrapper", "templates", "presets", cwd=ROOT).split("\0")
    files = {name for name in listed if name and (ROOT / name).is_file()}
    return {name if name.startswith("wrapper/") else f"wrapper/_resources/{name}" for name in files}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout as it is, so that a stray file in presets/ or templates/ shows."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout: nothing says what is tracked")
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_the_listing_is_what_git_tracks(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert sorted(names - tracked()) == [], "in the wheel, but not tracked"
    assert sorted(tracked() - names) == [], "tracked, but not in the wheel"


def test_it_carries_its_licence_and_its_command(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (entry,) = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
    assert "thriftune = wrapper.cli:main" in archive.read(entry).decode()
    assert any(name.endswith("/LICENSE") for name in archive.namelist())


def test_an_installed_wheel_finds_its_templates_and_presets(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    run(sys.executable, "-m", "zipfile", "-e", wheel, site, cwd=tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from wrapper.resources import presets_dir, templates_dir, worker_dir\n"
        "from wrapper.presets.load import preset_names\n"
        "assert preset_names()\n"
        "for folder in (templates_dir(), presets_dir(), worker_dir()):\n"
        "    assert folder.is_dir(); print(folder)\n"
    )
    told = run(sys.executable, "-I", "-c", program, site, cwd=tmp_path)
    assert [Path(line).relative_to(site).as_posix() for line in told.split()] == [
        "wrapper/_resources/templates", "wrapper/_resources/presets", "wrapper/worker",
    ]  # fmt: skip
