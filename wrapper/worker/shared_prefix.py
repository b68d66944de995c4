"""lm-eval's Hugging Face model, with the part of a prompt that all rows share computed once."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable

import torch
from lm_eval.models.huggingface import HFLM

SHORTEST_PREFIX = 16  # tokens; below this a cache costs more than it saves


class SharedPrefixLM(HFLM):
    """Greedy generation and label likelihoods that agree with HFLM's, at a fraction of the tokens.

    A few-shot prompt is mostly the same for every row, and the labels of one row share their whole
    context. Both are run through the model once and the key-value cache is copied.
    """

    def __init__(self, *args, on_batch: Callable[[int], None], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.on_batch = on_batch
        self.prefix: tuple[int, ...] = ()
        self.prefix_cache = None

    def forget_prefix(self) -> None:
        """Call whenever the weights change: an adapter switched on or off."""
        self.prefix, self.prefix_cache = (), None

    def _cache_of(self, prefix: tuple[int, ...]):
        if prefix != self.prefix:
            ids = torch.tensor([prefix], device=self.device)
            with torch.inference_mode():
                self.prefix_cache = self.model(
                    input_ids=ids, use_cache=True, logits_to_keep=1
                ).past_key_values
            self.prefix = prefix
        return copy.deepcopy(self.prefix_cache)

    def _model_generate(self, context, max_length, stop, **generation_kwargs):
        mask = generation_kwargs.pop("attention_mask")
        rows = [ids[keep.bool()].tolist() for ids, keep in zip(context, mask, strict=True)]
        length = shared_length(rows)
        if length >= SHORTEST_PREFIX:
            cache = self._cache_of(tuple(rows[0][:length]))
            if len(rows) > 1:
                cache.batch_repeat_interleave(len(rows))
            context, mask = self._left_padded_after(rows, length)
            generation_kwargs["past_key_values"] = cache
        output = super()._model_generate(
            context, max_length, stop, attention_mask=mask.to(self.device), **generation_kwargs
        )
        self.on_batch(len(rows))
        return output

    def _left_padded_after(self, rows: list[list[int]], length: int):
        """[shared prefix | padding | rest of the row], as ids and mask of shape (rows, longest row)."""
        width = max(len(row) for row in rows)
        ids = torch.full((len(rows), width), self.tokenizer.pad_token_id, device=self.device)
        mask = torch.zeros((len(rows), width), dtype=torch.long, device=self.device)
        for place, row in enumerate(rows):
            ids[place, :length] = torch.tensor(row[:length])
            ids[place, width - (len(row) - length) :] = torch.tensor(row[length:])
            mask[place, :length] = 1
            mask[place, width - (len(row) - length) :] = 1
        return ids, mask

    def _loglikelihood_tokens(self, requests, disable_tqdm=False, override_bs=None):
        by_context: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for place, (_, context, _) in enumerate(requests):
            by_context[tuple(context)].append(place)
        if len(by_context) * 2 > len(requests):
            return super()._loglikelihood_tokens(requests, disable_tqdm=True, override_bs=override_bs)
        answers: list[tuple[float, bool]] = [(0.0, False)] * len(requests)
        length = shared_length([list(context) for context in by_context])
        for context, places in by_context.items():
            choices = [requests[place][2] for place in places]
            for place, answer in zip(places, self._score(context, length, choices), strict=True):
                answers[place] = answer
                if requests[place][0] is not None:
                    self.cache_hook.add_partial("loglikelihood", requests[place][0], answer)
            self.on_batch(1)
        return answers

    @torch.inference_mode()
    def _score(self, context: tuple[int, ...], length: int, choices: list[list[int]]):
        """Log-likelihood of each choice after the context, and whether greedy decoding would give it."""
        known = context[:length] if length >= SHORTEST_PREFIX else ()
        ids = torch.tensor([context[len(known) :]], device=self.device)
        cache = self._cache_of(known) if known else None
        seen = self.model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        width = max(len(choice) for choice in choices)
        padded = torch.tensor(
            [choice + [self.tokenizer.pad_token_id] * (width - len(choice)) for choice in choices],
            device=self.device,
        )
        logits = seen.logits.expand(len(choices), -1, -1)
        if width > 1:
            cache = seen.past_key_values
            if len(choices) > 1:
                cache.batch_repeat_interleave(len(choices))
            rest = self.model(input_ids=padded[:, :-1], past_key_values=cache, use_cache=True).logits
            logits = torch.cat([logits, rest], dim=1)
        probabilities = torch.log_softmax(logits.float(), dim=-1)
        picked = probabilities.gather(2, padded.unsqueeze(-1)).squeeze(-1)
        greedy = probabilities.argmax(-1) == padded
        return [
            (float(picked[place, : len(choice)].sum()), bool(greedy[place, : len(choice)].all()))
            for place, choice in enumerate(choices)
        ]


def shared_length(rows: list[list[int]]) -> int:
    """Tokens that all rows begin with; at least one token of each row is left out of it."""
    length = min(len(row) for row in rows) - 1
    first = rows[0]
    for row in rows[1:]:
        while row[:length] != first[:length]:
            length = next(place for place, (a, b) in enumerate(zip(row, first, strict=False)) if a != b)
    return length
