"""thriftune: budget-first fine-tuning of open-weight language models."""

__version__ = "0.1.0"
