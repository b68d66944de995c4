"""A plan as a Python script on the Hugging Face stack: what the TRL and the Unsloth backend have in common."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from hashlib import sha256

from wrapper.backends.protocol import RenderedConfig, TrainingPlan, hold_against_plan
from wrapper.errors import Fault
from wrapper.render import python_template
from wrapper.resources import worker_dir

FILENAME = "train.py"
_DTYPES = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
_NO_EVALUATION = ("eval_steps", "load_best_model_at_end")


def render_script(
    template: str, plan: TrainingPlan, expected: Mapping[str, object], **values: object
) -> RenderedConfig:
    """Render, parse back, and hold the keyword arguments of all calls against the plan.

    `expected` names arguments that the backend adds to those of the trainer; None: must not be there.
    `values` are what the template takes besides.
    """
    text = python_template(template).render(
        plan=plan,
        cuda=plan.accelerator == "cuda",
        lora=plan.method != "full",
        quantised=plan.method in ("qlora", "lora_8bit"),
        validates=plan.validation_file is not None,
        stops_early=plan.validation_file is not None and plan.early_stopping_patience is not None,
        weights_dtype=weights_dtype(plan),
        **values,
    )
    hold_against_plan(_keyword_arguments(text), {**_expected(plan), **expected}, "training script")
    return RenderedConfig(filename=FILENAME, text=text, digest=sha256(text.encode()).hexdigest())


def weights_dtype(plan: TrainingPlan) -> str:
    """torch's name of the type that the base weights are loaded in.

    Weights that are all trained need 32 bits on a CPU, where there is no loss scaling or autocast, and
    with fp16, whose small updates vanish; frozen ones take the precision of the products.
    """
    if plan.method == "full" and (plan.accelerator == "cpu" or plan.precision == "fp16"):
        return "float32"
    return _DTYPES[plan.precision]


def _expected(plan: TrainingPlan) -> dict[str, object]:
    """What the script must pass to the trainer, computed apart from the template."""
    cuda = plan.accelerator == "cuda"
    validates = plan.validation_file is not None
    return {
        "max_steps": plan.steps,
        "per_device_train_batch_size": plan.micro_batch_size,
        "gradient_accumulation_steps": plan.gradient_accumulation_steps,
        "learning_rate": plan.learning_rate,
        "lr_scheduler_type": plan.lr_scheduler,
        "warmup_steps": plan.warmup_steps,
        "weight_decay": plan.weight_decay,
        "optim": plan.optimizer,
        "max_length": plan.sequence_tokens,
        "packing": plan.sample_packing,
        "gradient_checkpointing": plan.gradient_checkpointing,
        "save_steps": plan.save_steps,
        "eval_steps": plan.eval_steps if validates else None,
        "load_best_model_at_end": True if validates else None,
        "early_stopping_patience": plan.early_stopping_patience if validates else None,
        "bf16": cuda and plan.precision == "bf16",
        "use_cpu": None if cuda else True,
        "resume_from_checkpoint": str(plan.resume_from) if plan.resume_from else None,
        "events_file": str(plan.events_file) if plan.events_file else None,
        "max_seconds": plan.max_seconds if plan.events_file else None,
        "r": plan.lora_r if plan.method != "full" else None,
        "lora_alpha": plan.lora_alpha if plan.method != "full" else None,
        "lora_dropout": plan.lora_dropout if plan.method != "full" else None,
        "use_rslora": True if plan.method != "full" and plan.lora_variant == "rslora" else None,
        "use_dora": True if plan.method != "full" and plan.lora_variant == "dora" else None,
    }


def _keyword_arguments(text: str) -> dict[str, object]:
    """Keyword arguments of every call in a script that are constants, or lists of them, by name."""
    return {
        keyword.arg: ast.literal_eval(keyword.value)
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg is not None and _is_constant(keyword.value)
    }


def _is_constant(value: ast.expr) -> bool:
    if isinstance(value, ast.List):
        return all(isinstance(element, ast.Constant) for element in value.elts)
    return isinstance(value, ast.Constant)


def script_faults(text: str, *, file: str) -> Sequence[Fault]:
    """What can be seen of a script without running it: whether Python reads it."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        message = f"Python cannot read this: {error.msg}"
        return [Fault(kind="syntax", message=message, file=file, line=error.lineno or 0, column=error.offset or 0)]
    return []


def script_environment(plan: TrainingPlan) -> dict[str, str]:
    """Nothing is reported to anyone, nothing fetched: the model and the rows are local files."""
    variables = {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "WANDB_DISABLED": "true",
        "TOKENIZERS_PARALLELISM": "false",
    }
    if plan.events_file:
        variables["PYTHONPATH"] = str(worker_dir())
    if plan.accelerator == "cpu":
        # threads that wait by spinning take the core from those that work, if anything else runs beside
        variables |= {"OMP_NUM_THREADS": str(plan.threads), "OMP_WAIT_POLICY": "PASSIVE"}
    return variables
