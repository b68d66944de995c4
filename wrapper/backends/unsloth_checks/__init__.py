"""What can be wrong in a config of Unsloth's own command, seen without Unsloth."""

from wrapper.backends.unsloth_checks.validation import find_faults

__all__ = ["find_faults"]
