"""The spec's types: what thriftune.yaml may hold, and the one source of its JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from wrapper.registry import BACKENDS
from wrapper.spec.grading_fields import Endpoint, Grading
from wrapper.spec.values import Count, Files, Fraction, Natural, NotNegative, Positive, Seed, Strict, Text

TaskKind = Literal["classification", "extraction", "chat", "summarisation", "sql", "tool_call", "qa"]
Problem = Literal["knowledge", "behaviour", "format", "domain_language"]
Metric = Literal[
    "exact_match", "exact_match_lenient", "contains", "regex", "label", "number", "sql", "json_exact", "json_fields",
    "json_schema", "tool_call", "rouge_l", "chrf", "constraints", "judge", "function",
]  # fmt: skip
ArmName = Literal[
    "classical", "base", "prompted", "few_shot", "retrieved_examples", "rag", "hosted", "tuned", "tuned_retrieval"
]
if TYPE_CHECKING:
    BackendName = str
else:
    BackendName = Literal[tuple(BACKENDS)]
Method = Literal["qlora", "lora_8bit", "lora", "full"]
LoraVariant = Literal["standard", "rslora", "dora"]
Objective = Literal["chat", "text"]
Kernel = Literal["flash_attention_2", "liger", "cut_cross_entropy"]
Sharding = Literal["none", "zero2", "zero3", "fsdp2"]

TUNED_ARMS: tuple[ArmName, ...] = ("tuned", "tuned_retrieval")
NEED_NO_MODEL: tuple[ArmName, ...] = ("classical", "hosted")  # on this machine
ALL_ARMS: tuple[ArmName, ...] = (
    "classical",
    "base",
    "prompted",
    "few_shot",
    "retrieved_examples",
    "tuned",
)


class Task(Strict, frozen=True, kw_only=True):
    """What the model should do, and how good is good enough."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9][a-z0-9_-]{0,63}(?!\n)$",
            description="Short name of lower-case letters, digits, - and _.",
        ),
    ]
    kind: Annotated[TaskKind, Meta(description="What kind of job it is; chooses the classical rung.")]
    metric: Annotated[Metric, Meta(description="How an answer is graded against the gold answer.")]
    target: Annotated[
        Fraction,
        Meta(description="Mean score good enough to ship: a cheaper rung that reaches it ends the climb."),
    ]
    prompt: Annotated[
        str,
        Meta(description="System prompt with the instructions: used by the prompted arms and in training."),
    ] = ""
    prompt_candidates: Annotated[
        tuple[Text, ...],
        Meta(description="Other wordings of `prompt`; the best on validation rows is used by the untuned arms."),
    ] = ()
    grading: Annotated[Grading, Meta(description="Options of the metric.")] = Grading()
    problem: Annotated[
        Problem | None,
        Meta(description="What goes wrong today: `thriftune advise` orders prompting, retrieval and training by it."),
    ] = None
    labels: Annotated[
        tuple[Text, ...],
        Meta(description="The label set of a classification; read from the training rows if left out."),
    ] = ()
    shots: Annotated[
        Annotated[int, Meta(ge=1, le=64)] | None,
        Meta(description="Examples in the few-shot and retrieved-examples arms; by the kind if left out."),
    ] = None
    max_answer_tokens: Annotated[
        Count | None,
        Meta(description="Longest answer that is generated, in tokens; from the gold answers if left out."),
    ] = None


class Data(Strict, frozen=True, kw_only=True):
    """Where the examples lie. Validation and test rows are split off and frozen unless given."""

    train: Annotated[
        Files,
        Meta(
            description="Training rows, relative to the spec: a file (.jsonl, .json, .csv, .tsv, any of them with .gz, "
            "or .parquet), a folder, a glob, `hf://datasets/OWNER/NAME`, or a list of these."
        ),
    ]
    validation: Annotated[Files | None, Meta(description="Validation rows, named as for `train`.")] = None
    test: Annotated[Files | None, Meta(description="Test rows, named as for `train`; they are never trained on.")] = (
        None
    )
    corpus: Annotated[
        Text | None,
        Meta(description="Raw text for `training.objective: text`: .txt, or .jsonl with a field `text`."),
    ] = None
    input: Annotated[
        Text | None,
        Meta(description="Field or column with the input; found by itself for the usual formats."),
    ] = None
    output: Annotated[Text | None, Meta(description="Field or column with the gold answer.")] = None
    aliases: Annotated[
        Text | None, Meta(description="Field with a list of other answers that are as right as the gold one.")
    ] = None
    group: Annotated[
        Text | None,
        Meta(
            description="Field whose value names the source of a row, such as a document: "
            "rows of one source never straddle the splits."
        ),
    ] = None
    train_rows: Annotated[Count | None, Meta(description="Use at most so many training rows, sampled by seed.")] = None
    validation_rows: Annotated[Count | None, Meta(description="Use, or split off, so many validation rows.")] = None
    test_rows: Annotated[
        Annotated[int, Meta(ge=10)] | None, Meta(description="Use, or split off, so many test rows.")
    ] = None
    seed: Annotated[Seed, Meta(description="Seed of the split and of every sample.")] = 0

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """What is named for each split, in the order train, validation, test; no split that is not named."""
        splits = (("train", self.train), ("validation", self.validation), ("test", self.test))
        return {split: (files,) if isinstance(files, str) else files for split, files in splits if files is not None}


class Model(Strict, frozen=True, kw_only=True):
    """The open-weight model to start from: a preset or a base, not both."""

    preset: Annotated[Text | None, Meta(description="Name of a model preset: `thriftune presets ls`.")] = None
    base: Annotated[Text | None, Meta(description="A local folder with the model, or a hub id.")] = None
    commercial_use: Annotated[
        bool, Meta(description="Will the product earn money? The licence gate asks.")
    ] = False
    monthly_users: Annotated[
        Natural | None, Meta(description="Monthly active users of the product: licences have caps.")
    ] = None
    industry: Annotated[Text | None, Meta(description="Industry of the product: licences exclude some.")] = None
    languages: Annotated[
        tuple[Text, ...],
        Meta(description="Languages of the inputs, as ISO 639-1 codes: models that are proposed have them."),
    ] = ()


class Overrides(Strict, frozen=True, kw_only=True):
    """Training numbers that the user fixes; the plan decides the rest."""

    learning_rate: Annotated[Positive | None, Meta(description="Peak learning rate.")] = None
    epochs: Annotated[Positive | None, Meta(description="Passes over the training rows.")] = None
    max_steps: Annotated[Count | None, Meta(description="Optimiser steps, in place of epochs.")] = None
    micro_batch_size: Annotated[Count | None, Meta(description="Rows a device holds at once.")] = None
    gradient_accumulation_steps: Annotated[Count | None, Meta(description="Micro-batches a step.")] = None
    sequence_len: Annotated[
        Annotated[int, Meta(ge=16)] | None, Meta(description="Longest row that is trained on, in tokens.")
    ] = None
    lora_r: Annotated[Count | None, Meta(description="Rank of the LoRA adapter.")] = None
    lora_alpha: Annotated[Count | None, Meta(description="Scale of the LoRA adapter.")] = None
    lora_dropout: Annotated[Fraction | None, Meta(description="Dropout inside the LoRA adapter.")] = None
    warmup_steps: Annotated[Natural | None, Meta(description="Steps of warm-up.")] = None
    lr_scheduler: Annotated[
        Literal["linear", "cosine", "constant"] | None, Meta(description="Shape of the learning rate.")
    ] = None
    weight_decay: Annotated[NotNegative | None, Meta(description="Weight decay of the optimiser.")] = None
    sample_packing: Annotated[
        bool | None, Meta(description="Several rows in one sequence, each seeing only itself; needs a GPU.")
    ] = None
    seed: Annotated[Seed | None, Meta(description="Seed of the training run.")] = None


class Parallel(Strict, frozen=True, kw_only=True):
    """More than one GPU: rendered and validated for Axolotl; `thriftune run` itself starts one GPU only."""

    gpus: Annotated[Count, Meta(description="GPUs of each machine.")] = 1
    nodes: Annotated[Count, Meta(description="Machines.")] = 1
    sharding: Annotated[
        Sharding, Meta(description="What the GPUs share: DeepSpeed ZeRO-2 or ZeRO-3, or FSDP2; nothing if `none`.")
    ] = "none"
    context_parallel: Annotated[Count, Meta(description="GPUs that split each sequence.")] = 1
    launcher: Annotated[
        Literal["torchrun", "ray"], Meta(description="What starts the processes, Ray on a cluster of its own.")
    ] = "torchrun"
    rendezvous: Annotated[
        Text | None, Meta(description="HOST:PORT of the first machine, where torchrun starts several.")
    ] = None

    @property
    def world_size(self) -> int:
        """GPUs in all."""
        return self.gpus * self.nodes

    @property
    def replicas(self) -> int:
        """Micro-batches that are trained at once."""
        return self.world_size // self.context_parallel


class Training(Strict, frozen=True, kw_only=True):
    """How the tuned arm is trained, if the cheaper rungs do not suffice."""

    backend: Annotated[BackendName, Meta(description="The program that trains.")] = "axolotl"
    method: Annotated[
        Method, Meta(description="LoRA on weights of 4, 8 or 16 bits, or full fine-tuning (which needs a reason).")
    ] = "qlora"
    reason: Annotated[str, Meta(description="Why full fine-tuning, if that is the method.")] = ""
    lora_variant: Annotated[
        LoraVariant, Meta(description="Plain LoRA, rank-stabilised, or with the magnitude apart (DoRA, slower).")
    ] = "standard"
    objective: Annotated[
        Objective,
        Meta(description="`chat` trains the answers of the rows; `text` goes on pretraining on `data.corpus`."),
    ] = "chat"
    kernels: Annotated[
        tuple[Kernel, ...], Meta(description="Faster or leaner kernels to use with Axolotl on a GPU that has them.")
    ] = ()
    parallel: Annotated[Parallel, Meta(description="More than one GPU.")] = Parallel()
    overrides: Annotated[Overrides, Meta(description="Numbers fixed by hand.")] = Overrides()


class Regression(Strict, frozen=True, kw_only=True):
    """An lm-eval task that the tuned model must not do worse than the base model: did it forget?"""

    task: Annotated[Text, Meta(description="Name of an lm-eval task, such as `arc_easy`.")]
    margin: Annotated[
        Annotated[float, Meta(gt=0, lt=1)], Meta(description="Loss of the mean score that is still accepted.")
    ] = 0.03
    rows: Annotated[Annotated[int, Meta(ge=10)], Meta(description="At most so many rows.")] = 200
    data: Annotated[
        Text | None,
        Meta(description="Local rows of the task (.jsonl, .json, .csv, .parquet) in place of the hub's."),
    ] = None


class Evaluation(Strict, frozen=True, kw_only=True):
    """Which rungs are measured, all on the same frozen test rows."""

    arms: Annotated[tuple[ArmName, ...], Meta(min_length=1, description="Rungs of the ladder that are measured.")] = (
        ALL_ARMS
    )
    prompt_search: Annotated[
        bool,
        Meta(description="Try wordings of the prompt on validation rows; `false` keeps `task.prompt` as it is."),
    ] = True
    documents: Annotated[
        Text | None, Meta(description="Folder or file with your documents (.txt, .md), for the arm `rag`.")
    ] = None
    passages: Annotated[
        Annotated[int, Meta(ge=1, le=32)], Meta(description="Passages of the documents in each prompt of `rag`.")
    ] = 3
    hosted: Annotated[Endpoint | None, Meta(description="The model of the arm `hosted`.")] = None
    regression: Annotated[
        tuple[Text | Regression, ...],
        Meta(description="lm-eval tasks that must not get worse by training: names, or tables."),
    ] = ()
    sequential: Annotated[
        bool,
        Meta(description="Ask the tuned arm the test rows in random order, and stop once the verdict is certain."),
    ] = False
    precision: Annotated[
        Literal["auto", "bfloat16", "float16", "float32"],
        Meta(description="Numbers that the model runs in; what the device is fastest at if left out."),
    ] = "auto"
    batch_size: Annotated[
        Count | None, Meta(description="Rows that are asked at once; from the device and their lengths if left out.")
    ] = None


class Budget(Strict, frozen=True, kw_only=True):
    """What may be spent in this project, and what an hour of the device costs."""

    max_usd: Annotated[NotNegative | None, Meta(description="Dollars; training saves and stops there.")] = None
    max_gpu_hours: Annotated[
        NotNegative | None, Meta(description="Hours of the device; training saves and stops there.")
    ] = None
    gpu: Annotated[
        Text,
        Meta(description="`cpu`, `local` (the GPU of this machine) or a GPU preset: `thriftune presets ls`."),
    ] = "local"
    usd_per_hour: Annotated[
        NotNegative | None, Meta(description="Price of the device an hour; from the GPU preset if left out.")
    ] = None


class Serving(Strict, frozen=True, kw_only=True):
    """What production will look like."""

    requests_per_month: Annotated[
        Count | None, Meta(description="Requests a month: `plan` says what serving them would cost.")
    ] = None
    max_latency_ms: Annotated[
        Positive | None, Meta(description="Longest answer time that users accept; not judged yet.")
    ] = None


class Spec(Strict, frozen=True, kw_only=True):
    """thriftune.yaml: what the user wants, and the only file that a user edits."""

    version: Annotated[Literal[1], Meta(description="Version of this format.")]
    task: Annotated[Task, Meta(description=Task.__doc__ or "")]
    data: Annotated[Data, Meta(description=Data.__doc__ or "")]
    model: Annotated[Model, Meta(description=Model.__doc__ or "")]
    training: Annotated[Training, Meta(description=Training.__doc__ or "")] = Training()
    evaluation: Annotated[Evaluation, Meta(description=Evaluation.__doc__ or "")] = Evaluation()
    budget: Annotated[Budget, Meta(description=Budget.__doc__ or "")] = Budget()
    serving: Annotated[Serving, Meta(description=Serving.__doc__ or "")] = Serving()
