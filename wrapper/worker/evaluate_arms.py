"""Answer questions with one loaded model, the adapter on or off, by lm-eval's own model code; nothing is graded.

`python evaluate_arms.py SETTING.json`, where the setting holds
  model, adapter (folder or null), dtype (bfloat16, float16, float32), device (cpu, cuda), threads,
  batch_size (rows at once, or null: as many as `batch_tokens` allow), batch_tokens, requests_file, events_file.
Requests are JSON lines that are added to the requests file while this runs, until a line `{"kind": "end"}`:
  {"kind": "answer", "name", "adapter": bool, "questions_file"}, where a line is a question: {prompt, choices, until,
  max_gen_toks};
  {"kind": "lm_eval", "name", "adapter": bool, "task": an lm-eval task's config, "rows"}: one of lm-eval's own tasks.
Events are JSON lines: loaded, task, answer (index, prompt_tokens, seconds, and response or loglikelihoods),
scores (metric, and doc_id and score of each row), task_done, end.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path

from answer_events import Answers, Events
from lm_eval_tasks import task_of

POLL_SECONDS = 0.02
MOST_AT_ONCE = 256  # rows


def load_model(setting: dict):
    """The base model in the wanted precision, with the adapter attached where one is given."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        setting["model"], dtype=getattr(torch, setting["dtype"]), use_safetensors=True
    ).to(setting["device"])
    if setting["adapter"]:
        from peft import PeftModel

        # the adapter in the model's own precision, as a server runs it: fp32 adapters take twice as long
        model = PeftModel.from_pretrained(model, setting["adapter"], autocast_adapter_dtype=False)
        model.to(getattr(torch, setting["dtype"]))
    return model.eval()


def batches(texts: list[str], lengths: list[int], answer_tokens: int, setting: dict) -> list[list[int]]:
    """Places of the questions, the longest first as lm-eval has them, as many at once as `batch_tokens` allow."""
    order = sorted(range(len(lengths)), key=lambda place: (-lengths[place], texts[place]))
    found: list[list[int]] = []
    for place in order:
        size = setting["batch_size"]
        if size is None and found:  # the first of a batch is its longest
            longest = lengths[found[-1][0]] + answer_tokens
            size = min(MOST_AT_ONCE, max(1, setting["batch_tokens"] // longest))
        if found and len(found[-1]) < size:
            found[-1].append(place)
        else:
            found.append([place])
    return found


class Worker:
    def __init__(self, setting: dict, language_model, tokenizer, answers: Answers, events: Events) -> None:
        self.setting, self.events, self.answers = setting, events, answers
        self.language_model, self.tokenizer = language_model, tokenizer
        self.most = MOST_AT_ONCE  # rows at once: less after the memory ran out

    def answer(self, name: str, questions: list[dict]) -> None:
        from lm_eval.api.instance import Instance

        texts = [question["prompt"] for question in questions]
        lengths = [len(ids) for ids in self.tokenizer(texts, add_special_tokens=False)["input_ids"]]
        generated = max((question["max_gen_toks"] for question in questions), default=0)
        room = self.language_model.max_length - (1 if questions and questions[0]["choices"] else generated)
        self.answers.expect(name, questions, lengths, room)
        if questions and questions[0]["choices"]:
            self.language_model.loglikelihood(
                [
                    Instance(request_type="loglikelihood", doc={}, arguments=(question["prompt"], choice), idx=place)
                    for question in questions
                    for place, choice in enumerate(question["choices"])
                ],
                disable_tqdm=True,
            )
            return
        waiting = batches(texts, lengths, generated, self.setting)
        while waiting:
            places = waiting.pop(0)
            if len(places) > self.most:
                waiting[:0] = [places[: self.most], places[self.most :]]
                continue
            self.language_model.batch_size_per_gpu = len(places)
            try:
                self.language_model.generate_until(
                    [_generation(questions[place]) for place in places], disable_tqdm=True
                )
            except RuntimeError as failure:  # torch.OutOfMemoryError is one
                if "out of memory" not in str(failure).lower() or len(places) == 1:
                    raise
                self.most = len(places) // 2
                waiting.insert(0, places)
                self.language_model.forget_prefix()
                self.events.emit("smaller_batch", rows=self.most)

    def lm_eval(self, name: str, config: dict, rows: int) -> None:
        """One of lm-eval's own tasks; each row's score by the task's first metric."""
        import lm_eval
        from lm_eval.tasks import TaskManager

        manager = TaskManager()
        task = task_of(config, manager, Path(self.setting["events_file"]).parent)
        self.language_model.batch_size_per_gpu = self.setting["batch_size"] or 8
        self.language_model.cache_hook = _Silent()
        self.language_model.every_choice = True  # a metric may divide them by their lengths
        try:
            results = lm_eval.simple_evaluate(
                model=self.language_model,
                tasks=[task],
                task_manager=manager,
                limit=rows,
                log_samples=True,
                bootstrap_iters=0,
                verbosity="ERROR",
            )
        finally:
            self.language_model.cache_hook = self.answers
            self.language_model.every_choice = False
        samples = next(iter(results["samples"].values()))
        preferred = ("acc_norm", "acc", "exact_match", "f1")
        metrics = [metric for metric in samples[0]["metrics"] if metric != "bypass"]
        metric = next((one for one in preferred if one in metrics), metrics[0])
        scores = {}
        for sample in samples:  # a row of several filters comes once for each: the last counts
            if metric in sample:
                scores[str(sample["doc_id"])] = float(sample[metric])
        self.events.emit("scores", task=name, metric=metric, scores=scores)

    def run(self, request: dict) -> None:
        started, name = time.monotonic(), request["name"]
        self.events.emit("task", task=name)
        switched_off = self.setting["adapter"] and not request["adapter"]
        adapter = self.language_model.model.disable_adapter() if switched_off else contextlib.nullcontext()
        self.language_model.forget_prefix()
        with adapter:
            if request["kind"] == "answer":
                lines = Path(request["questions_file"]).read_text(encoding="utf-8").split("\n")
                self.answer(name, [json.loads(line) for line in lines if line])
            else:
                self.lm_eval(name, request["task"], request["rows"])
        self.events.emit("task_done", task=name, seconds=round(time.monotonic() - started, 3))


class _Silent:
    def add_partial(self, kind: str, request: tuple, answer: object) -> None:
        """Answers to lm-eval's own tasks are not kept one by one."""


def _generation(question: dict):
    from lm_eval.api.instance import Instance

    settings = {"until": question["until"], "max_gen_toks": question["max_gen_toks"], "do_sample": False}
    return Instance(request_type="generate_until", doc={}, arguments=(question["prompt"], settings), idx=0)


def requests(path: str):
    """The requests as they come, up to the end."""
    parent, seen = os.getppid(), 0
    while True:
        data = Path(path).read_bytes() if Path(path).exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole[seen:].splitlines():
            request = json.loads(line)
            if request["kind"] == "end":
                return
            yield request
        seen = len(whole)
        if os.getppid() != parent:
            sys.exit("thriftune is gone")
        time.sleep(POLL_SECONDS)


def main(setting_file: str) -> None:
    setting = json.loads(Path(setting_file).read_text(encoding="utf-8"))
    events = Events(setting["events_file"])
    import torch

    torch.set_num_threads(setting["threads"])
    from shared_prefix import SharedPrefixLM
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(setting["model"])
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    answers = Answers(events, tokenizer)
    language_model = SharedPrefixLM(
        pretrained=load_model(setting), tokenizer=tokenizer, batch_size=1, backend="causal", on_batch=answers.on_batch
    )
    language_model.cache_hook = answers
    events.emit("loaded")
    worker = Worker(setting, language_model, tokenizer, answers, events)
    for request in requests(setting["requests_file"]):
        worker.run(request)
    events.emit("end")


if __name__ == "__main__":
    main(sys.argv[1])
