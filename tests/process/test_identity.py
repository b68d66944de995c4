"""A process id that is used again is not taken for ours."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from wrapper.process import identity, is_alive


def test_this_process_is_alive():
    known = identity(os.getpid())
    assert known is not None
    assert known.pid == os.getpid()
    assert is_alive(known)


def test_a_later_process_with_the_same_id_is_another():
    known = identity(os.getpid())
    assert known is not None
    assert not is_alive(replace(known, started=known.started - 3600))


@pytest.mark.real
def test_a_process_that_ended_is_not_alive_even_before_it_is_reaped():
    ended = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    known = identity(ended.pid)
    assert known is not None and is_alive(known)
    assert ended.stdin is not None
    ended.stdin.close()
    for _ in range(100):
        if not is_alive(known):
            break
        time.sleep(0.05)
    assert ended.returncode is None  # nobody has waited for it yet: it is a zombie
    assert not is_alive(known)
    ended.wait()
    assert identity(ended.pid) is None
