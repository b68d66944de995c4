"""Models behind an OpenAI-compatible chat endpoint: asked many at once, each answer with its price."""

from wrapper.endpoint.answer_store import AnswerStore, answer_key
from wrapper.endpoint.client import Client
from wrapper.endpoint.reply import Reply, Request, price_usd, tokens_of
from wrapper.endpoint.retries import Patience

__all__ = ["AnswerStore", "Client", "Patience", "Reply", "Request", "answer_key", "price_usd", "tokens_of"]
