"""Run generated lm-eval tasks on one loaded model, the adapter on or off; raw answers out, nothing graded.

`python evaluate_arms.py REQUEST.json`, where the request holds
  model, adapter (folder or null), dtype (bfloat16, float16, float32), device (cpu, cuda), threads,
  batch_size, tasks_dir, events_file, and tasks: a list of {name, adapter: bool, rows, raw_file}.
Each raw file gets a JSON line a row: row_id, prompt_tokens, and either response and generated_tokens,
or loglikelihoods (one a choice).
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path

STARTED = time.monotonic()


class Events:
    """JSON lines that the core reads while this runs."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def emit(self, event: str, **values: object) -> None:
        record = {"event": event, "elapsed_seconds": round(time.monotonic() - STARTED, 3), **values}
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")


def load_model(request: dict):
    """The base model in the wanted precision, with the adapter attached where one is given."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        request["model"], dtype=getattr(torch, request["dtype"]), use_safetensors=True
    ).to(request["device"])
    if request["adapter"]:
        from peft import PeftModel

        # the adapter in the model's own precision, as a server runs it: fp32 adapters take twice as long
        model = PeftModel.from_pretrained(model, request["adapter"], autocast_adapter_dtype=False)
        model.to(getattr(torch, request["dtype"]))
    return model.eval()


def raw_row(sample: dict, tokenizer) -> dict[str, object]:
    """One sample of lm-eval as a raw row; a sample of choices has one response a choice."""
    doc = sample["doc"]
    row: dict[str, object] = {
        "row_id": doc["row_id"],
        "prompt_tokens": len(tokenizer(doc["prompt"], add_special_tokens=False)["input_ids"]),
    }
    if "choices" in doc:
        row["loglikelihoods"] = [float(response[0][0]) for response in sample["resps"]]
        return row
    response = sample["resps"][0][0]
    row["response"] = response
    row["generated_tokens"] = len(tokenizer(response, add_special_tokens=False)["input_ids"])
    return row


def write_rows(path: str, rows: list[dict[str, object]]) -> None:
    """All rows or no file."""
    partial = Path(path + ".partial")
    with partial.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def run_task(task: dict, language_model, manager, request: dict, tokenizer) -> None:
    import lm_eval

    switched_off = request["adapter"] and not task["adapter"]
    adapter = language_model.model.disable_adapter() if switched_off else contextlib.nullcontext()
    language_model.forget_prefix()
    with adapter:
        results = lm_eval.simple_evaluate(
            model=language_model,
            tasks=[task["name"]],
            task_manager=manager,
            log_samples=True,
            bootstrap_iters=0,
            verbosity="ERROR",
        )
    samples = results["samples"][task["name"]]
    write_rows(task["raw_file"], [raw_row(sample, tokenizer) for sample in samples])


def main(request_file: str) -> None:
    request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    events = Events(request["events_file"])
    import torch

    torch.set_num_threads(request["threads"])
    from lm_eval.tasks import TaskManager
    from shared_prefix import SharedPrefixLM
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(request["model"])
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    done = {"rows": 0, "task": ""}

    parent = os.getppid()

    def on_batch(rows: int) -> None:
        if os.getppid() != parent:  # nobody waits for the answers or counts their cost any more
            sys.exit("thriftune is gone")
        done["rows"] += rows
        events.emit("rows", task=done["task"], rows=done["rows"])

    language_model = SharedPrefixLM(
        pretrained=load_model(request),
        tokenizer=tokenizer,
        batch_size=request["batch_size"],
        backend="causal",
        on_batch=on_batch,
    )
    manager = TaskManager(include_path=request["tasks_dir"], include_defaults=False)
    events.emit("loaded")
    for task in request["tasks"]:
        done.update(rows=0, task=task["name"])
        events.emit("task", task=task["name"], rows=task["rows"])
        started = time.monotonic()
        run_task(task, language_model, manager, request, tokenizer)
        events.emit("task_done", task=task["name"], seconds=round(time.monotonic() - started, 3))
    events.emit("end")


if __name__ == "__main__":
    main(sys.argv[1])
