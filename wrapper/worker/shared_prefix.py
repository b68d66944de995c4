"""lm-eval's Hugging Face model, with the part of a prompt that all rows share computed once."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from collections.abc import Callable

import torch
from lm_eval.models.huggingface import HFLM

SHORTEST_PREFIX = 16  # tokens; below this a cache costs more than it saves
CHOICES_AT_ONCE = 12


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
        self.every_choice = False  # are the values of choices that cannot win wanted too?

    def forget_prefix(self) -> None:
        """Call whenever the weights change: an adapter switched on or off."""
        self.prefix, self.prefix_cache = (), None

    def _cache_of(self, prefix: tuple[int, ...]):
        if prefix != self.prefix:
            ids = torch.tensor([prefix], device=self.device)
            with torch.inference_mode():
                self.prefix_cache = self.model(input_ids=ids, use_cache=True, logits_to_keep=1).past_key_values
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
        if self.every_choice or len(by_context) * 2 > len(requests):
            return super()._loglikelihood_tokens(requests, disable_tqdm=True, override_bs=override_bs)
        answers: list[tuple[float, bool]] = [(0.0, False)] * len(requests)
        length = shared_length([list(context) for context in by_context])
        for context, places in by_context.items():
            choices = [requests[place][2] for place in places]
            scored = self._score(context, length, choices)
            self.on_batch(1)
            for place, answer in zip(places, scored, strict=True):
                answers[place] = answer
                if requests[place][0] is not None:
                    self.cache_hook.add_partial("loglikelihood", requests[place][0], answer)
        return answers

    @torch.inference_mode()
    def _score(self, context: tuple[int, ...], length: int, choices: list[list[int]]):
        """Log-likelihood of each choice after the context, and whether greedy decoding would give it.

        No choice is likelier than its first token, so the likeliest first tokens are scored first, and
        what cannot win any more is left with that upper bound: the winner and its value are exact.
        """
        known = context[:length] if length >= SHORTEST_PREFIX else ()
        ids = torch.tensor([context[len(known) :]], device=self.device)
        cache = self._cache_of(known) if known else None
        seen = self.model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        first = torch.log_softmax(seen.logits[0, -1].float(), dim=-1)
        bounds = [float(first[choice[0]]) for choice in choices]
        answers = [(bound, False) for bound in bounds]
        order = sorted(range(len(choices)), key=lambda place: -bounds[place])
        best = -math.inf
        for start in range(0, len(order), CHOICES_AT_ONCE):
            places = [place for place in order[start : start + CHOICES_AT_ONCE] if bounds[place] > best]
            if not places:
                break
            scored = self._score_rest(seen, first, [choices[place] for place in places])
            for place, answer in zip(places, scored, strict=True):
                answers[place] = answer
                best = max(best, answer[0])
        return answers

    def _score_rest(self, seen, first: torch.Tensor, choices: list[list[int]]):
        """Score whole choices in one batch after a copy of the context's cache."""
        width = max(len(choice) for choice in choices)
        pad = self.tokenizer.pad_token_id
        padded = torch.tensor([choice + [pad] * (width - len(choice)) for choice in choices], device=self.device)
        sums = first[padded[:, 0]]
        greedy = first.argmax() == padded[:, 0]
        if width > 1:
            cache = copy.deepcopy(seen.past_key_values)
            if len(choices) > 1:
                cache.batch_repeat_interleave(len(choices))
            logits = self.model(input_ids=padded[:, :-1], past_key_values=cache, use_cache=True).logits
            lengths = torch.tensor([len(choice) for choice in choices], device=self.device)
            real = torch.arange(1, width, device=self.device) < lengths.unsqueeze(1)  # no padding
            tokens, scores = padded[:, 1:][real], logits[real].float()  # (tokens of all choices, vocabulary)
            picked = scores.gather(1, tokens.unsqueeze(1)).squeeze(1) - scores.logsumexp(-1)
            same = scores.argmax(-1) == tokens
            counts = (lengths - 1).tolist()
            sums = sums + torch.stack([part.sum() for part in picked.split(counts)])
            greedy = greedy & torch.stack([part.all() for part in same.split(counts)])
        return [(float(value), bool(same)) for value, same in zip(sums, greedy, strict=True)]


def shared_length(rows: list[list[int]]) -> int:
    """Tokens that all rows begin with; at least one token of each row is left out of it."""
    length = min(len(row) for row in rows) - 1
    first = rows[0]
    for row in rows[1:]:
        while row[:length] != first[:length]:
            length = next(place for place, (a, b) in enumerate(zip(row, first, strict=False)) if a != b)
    return length
