"""uv's failures in words that say what to do."""

from __future__ import annotations

import errno

import pytest

from wrapper.environments.failures import explain, explain_os
from wrapper.process import Completed


def failed(text: str) -> Completed:
    return Completed(argv=("uv",), returncode=2, stdout=text, stderr="", elapsed_seconds=1.0, timed_out=False)


@pytest.mark.parametrize(
    ("uv_said", "cause", "remedy"),
    [
        ("error: Failed to copy: No space left on device (os error 28)", "the disk is full", "UV_CACHE_DIR"),
        (
            "hint: You require CPython 3.15 (`cp315`), but we only found wheels for `torch` (v2.13.0) with "
            "the following Python ABI tags: `cp311`, `cp312`",
            "a package has no build for Python",
            "Python 3.11, 3.12 or 3.13",
        ),
        ("  Hash mismatch for `numpy==2.4.6`", "a package is not the one that was locked", "mirror"),
        (
            "error: error sending request for url (https://download.pytorch.org/whl/cpu/torch/)",
            "PyTorch's index cannot be reached",
            "THRIFTUNE_TORCH_SOURCE",
        ),
        (
            "Because six was not found in the cache and the network was disabled, ...",
            "the network is switched off",
            "unset UV_OFFLINE",
        ),
        ("error: Failed to fetch: `https://mirror.example/simple/six/`", "cannot be reached", "the proxy"),
        ("something nobody has seen", "uv ended with 2", "what was downloaded is kept"),
    ],
)
def test_cause_last_lines_and_remedy(uv_said, cause, remedy):
    fault = explain(failed(f"Resolved 1 package\n{uv_said}\n"))
    assert cause in fault.message
    assert uv_said.strip() in fault.message
    assert remedy in fault.hint
    assert fault.exit_code == 4


def test_only_the_last_lines_are_told():
    fault = explain(failed("".join(f"line {number}\n" for number in range(500))))
    assert "line 499" in fault.message
    assert "line 487\n" not in fault.message


def test_a_full_disk_seen_by_python(tmp_path):
    assert explain_os(OSError(errno.ENOSPC, "x"), tmp_path).message == f"the disk is full: {tmp_path}"
