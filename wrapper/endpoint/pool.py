"""Several calls at once whose results arrive in the caller's thread, which can stop them by raising."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """A call gave up because another one failed or the caller wants no more."""


def call_many(
    call: Callable[[int, threading.Event], T],
    count: int,
    *,
    at_once: int,
    on_result: Callable[[int, T], None],
) -> list[T]:
    """The results of `call(0, stop)` to `call(count - 1, stop)`, in that order.

    `on_result` hears each as it arrives. The first exception of a call or of `on_result` sets `stop`: no call
    is begun then, those under way are waited for, and what they bring is still given to `on_result`, as it is
    paid for. Ctrl-C waits for nothing.
    """
    stop = threading.Event()
    waiting = iter(range(count))
    lock = threading.Lock()
    arrived: queue.SimpleQueue[tuple[int, T | BaseException] | None] = queue.SimpleQueue()

    def work() -> None:
        while not stop.is_set():
            with lock:
                index = next(waiting, None)
            if index is None:
                break
            try:
                arrived.put((index, call(index, stop)))
            except BaseException as raised:
                stop.set()
                arrived.put((index, raised))
        arrived.put(None)

    workers = min(at_once, count)
    for number in range(workers):  # daemons: a Ctrl-C does not wait for the slowest answer
        threading.Thread(target=work, name=f"endpoint-{number}", daemon=True).start()
    results: dict[int, T] = {}
    first: BaseException | None = None
    try:
        while workers:
            got = arrived.get()
            if got is None:
                workers -= 1
                continue
            index, result = got
            try:
                if isinstance(result, BaseException):
                    raise result
                results[index] = result
                on_result(index, result)
            except Exception as raised:
                stop.set()
                first = first or (None if isinstance(raised, Stopped) else raised)
    finally:
        stop.set()
    if first is not None:
        raise first
    return [results[index] for index in range(count)]
