"""The decisions of a training run, all in one place and before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from wrapper.backends.protocol import LINEAR_LAYERS
from wrapper.plan.batch import Batch, choose_batch
from wrapper.plan.calibration import Calibration
from wrapper.plan.dimensions import Dimensions
from wrapper.plan.estimate import estimate_of, memory_basis, memory_headroom, seconds_of, tokens_of
from wrapper.plan.lengths import Lengths, lengths_of
from wrapper.plan.machine import Machine
from wrapper.plan.memory import Load
from wrapper.plan.numbers import Numbers, numbers_of
from wrapper.plan.objections import objections_of
from wrapper.plan.plan import Plan
from wrapper.plan.schedule import effective_batch, schedule
from wrapper.plan.speed import Speed, speed_of
from wrapper.presets.measured import Measured
from wrapper.presets.model import ModelPreset
from wrapper.presets.stacks import Stack
from wrapper.spec.fields import Spec

_PACKED_SHARE = 0.95  # of a packed sequence is filled, the rest is padding


def decide(
    *,
    spec: Spec,
    dimensions: Dimensions,
    preset: ModelPreset | None,
    stack: Stack,
    machine: Machine,
    train_row_tokens: Sequence[int],
    validation_row_tokens: Sequence[int],
    measured: Sequence[Measured],
    own: Sequence[Measured] = (),
    seconds_left: float | None = None,
    usd_per_hour: float | None = None,
    share_left: float = 1.0,
) -> Plan:
    """`seconds_left` is what the budget leaves (None: no cap), `usd_per_hour` the device's
    price (None: what the spec says, or nothing), `share_left` what a resumed training has still to do.

    Raises BadInput where there is no row to train on.
    """
    price = (spec.budget.usd_per_hour or 0.0) if usd_per_hour is None else usd_per_hour
    overrides = spec.training.overrides
    model_name = preset.name if preset is not None else spec.model.preset or spec.model.base or ""
    numbers = numbers_of(spec, preset, machine, dimensions.parameters)
    lengths = lengths_of(
        train_row_tokens,
        validation_row_tokens,
        max_positions=dimensions.max_positions,
        override=overrides.sequence_len,
        packing=bool(overrides.sample_packing),
    )
    towers = preset.parameters - preset.text_parameters if preset is not None and preset.text_parameters else 0
    batch, speed = _fit(
        spec, dimensions, stack, machine, numbers, lengths, model_name, measured, own, towers
    )
    parallel = spec.training.parallel
    timing = schedule(
        _sequences(lengths, packing=bool(overrides.sample_packing)),
        batch.load.micro_batch_size * parallel.replicas,
        batch.accumulation,
        overrides,
        validates=bool(lengths.validation),
    )
    tokens = tokens_of(timing, train=lengths.train, validation=lengths.validation)
    seconds = seconds_of(timing, speed, dimensions, method=spec.training.method, tokens=tokens)
    estimate = estimate_of(
        load=batch.load,
        memory_gib=batch.memory_gib,
        seconds=seconds,
        usd_per_hour=price,
        speed=speed,
        tokens=tokens,
    )
    targets, targets_reason = _lora_targets(preset)
    plain = not (dimensions.fused_projections or dimensions.qk_norm_full_width)
    return Plan(
        model_name=model_name,
        backend=spec.training.backend,
        method=spec.training.method,
        accelerator=machine.accelerator,
        precision=numbers.precision,
        attention=numbers.attention,
        sequence_tokens=lengths.sequence_tokens,
        micro_batch_size=batch.load.micro_batch_size,
        gradient_accumulation_steps=batch.accumulation,
        epochs=timing.epochs,
        steps=timing.steps,
        learning_rate=numbers.learning_rate,
        lr_scheduler=numbers.lr_scheduler,
        warmup_steps=timing.warmup_steps,
        weight_decay=numbers.weight_decay,
        optimizer=numbers.optimizer,
        lora_r=numbers.lora_r,
        lora_alpha=numbers.lora_alpha,
        lora_dropout=numbers.lora_dropout,
        lora_variant=spec.training.lora_variant,
        objective=spec.training.objective,
        kernels=spec.training.kernels,
        parallel=parallel,
        gradient_checkpointing=batch.load.gradient_checkpointing,
        sample_packing=bool(overrides.sample_packing),
        eval_steps=timing.eval_steps,
        save_steps=timing.save_steps,
        early_stopping_patience=timing.early_stopping_patience,
        seed=numbers.seed,
        threads=machine.threads,
        lora_targets=targets,
        plain_attention=plain,
        estimate=estimate,
        reasons={
            "sequence_tokens": lengths.reason,
            "sample_packing": "set by you" if overrides.sample_packing else "rows are kept apart: none sees another",
            "threads": "cores that this machine lends",
            "lora_targets": targets_reason,
            "plain_attention": f"the model's own; fused LoRA kernels {'know' if plain else 'do not know'} it",
            **numbers.reasons,
            **batch.reasons,
            **timing.reasons,
        },
        objections=objections_of(
            batch=batch,
            lengths=lengths,
            estimate=estimate,
            machine=machine,
            seconds_left=seconds_left,
            usd_per_hour=price,
            spec=spec,
            max_positions=dimensions.max_positions,
            share_left=share_left,
            steps=timing.steps,
        ),
    )


def _lora_targets(preset: ModelPreset | None) -> tuple[tuple[str, ...] | str | None, str]:
    """The layers of `TrainingNumbers.lora_targets`, and why; all linear ones where no preset says otherwise."""
    if preset is None:
        return None, "all linear layers: no preset knows the model"
    if preset.text_parameters is not None:
        return rf".*\.language_model\..*\.({'|'.join(preset.lora_targets)})", "the language model alone, not what sees"
    if set(preset.lora_targets) == set(LINEAR_LAYERS):
        return None, "all linear layers"
    return preset.lora_targets, "those of the preset"


def _sequences(lengths: Lengths, *, packing: bool) -> int:
    """Rows of a micro-batch in one pass over the data: the rows themselves, or the sequences they are packed into."""
    if not packing:
        return len(lengths.train)
    return ceil(sum(lengths.train) / (lengths.sequence_tokens * _PACKED_SHARE))


def _fit(
    spec: Spec,
    dimensions: Dimensions,
    stack: Stack,
    machine: Machine,
    numbers: Numbers,
    lengths: Lengths,
    model_name: str,
    measured: Sequence[Measured],
    own: Sequence[Measured],
    towers: int,
) -> tuple[Batch, Speed]:
    """The batch that fits, and the speed with it; whether it checkpoints decides what was measured.

    `own` runs correct the estimate and decide nothing: a plan that was carried out must not become another one by it.
    """
    effective = effective_batch(len(lengths.train))
    load = Load(
        dimensions=dimensions,
        stack=stack,
        method=spec.training.method,
        precision=numbers.precision,
        optimizer=numbers.optimizer,
        lora_r=numbers.lora_r,
        sequence_tokens=lengths.sequence_tokens,
        micro_batch_size=effective,
        tower_parameters=towers,
        gradient_checkpointing=False,
        parallel=spec.training.parallel,
    )

    def speed_with(load: Load, rows: Sequence[Measured]) -> Speed:
        return speed_of(load, machine, model_name=model_name, backend=spec.training.backend, measured=rows)

    first = speed_with(load, measured)
    calibration = Calibration(
        machine=machine, model_name=model_name, backend=spec.training.backend, measured=measured
    )
    batch = choose_batch(
        load,
        spec.training.overrides,
        effective=effective,
        memory_gib=machine.memory_gib,
        headroom=memory_headroom(memory_basis(load, first)),
        peak_gib=lambda load: calibration.memory_gib(load, runtime_gib=first.runtime_gib),
    )
    known = [*own, *measured]
    speed = speed_with(batch.load, known)
    peak = replace(calibration, measured=known).memory_gib(batch.load, runtime_gib=speed.runtime_gib)
    return replace(batch, memory_gib=peak), speed
