"""Models on disk: which folder a spec's model is, and how it came there."""

from wrapper.models.folder import ModelFolder
from wrapper.models.resolve import find_model, resolve_model

__all__ = ["ModelFolder", "find_model", "resolve_model"]
