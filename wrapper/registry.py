"""The registry of training backends: a backend is added with a module, a template, a lock and one line here."""

from __future__ import annotations

BACKENDS: dict[str, str] = {
    "axolotl": "wrapper.backends.axolotl",
    "unsloth": "wrapper.backends.unsloth",
    "trl": "wrapper.backends.trl",
}
