"""Models behind an OpenAI-compatible chat endpoint: asked many at once, each answer with its price."""

from wrapper.endpoint.client import Client
from wrapper.endpoint.reply import Reply, Request, price_usd, tokens_of
from wrapper.endpoint.retries import Patience

__all__ = ["Client", "Patience", "Reply", "Request", "price_usd", "tokens_of"]
