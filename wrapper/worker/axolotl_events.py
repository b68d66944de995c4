"""Axolotl plugin: thriftune's own config keys, its events, and what a CPU needs."""

from __future__ import annotations

import torch
from axolotl.integrations.base import BasePlugin
from pydantic import BaseModel
from training_events import TrainingEvents


class EventsArgs(BaseModel):
    """The keys that this plugin adds to an Axolotl config; without a file of events nobody watches."""

    thriftune_events_file: str | None = None
    thriftune_stop_file: str | None = None
    thriftune_max_seconds: float | None = None
    thriftune_threads: int | None = None
    thriftune_bf16: bool = False


class EventsPlugin(BasePlugin):
    """Named in a config as `axolotl_events.EventsPlugin`."""

    def get_input_args(self):
        return "axolotl_events.EventsArgs"

    def post_model_load(self, cfg, model):
        if not torch.cuda.is_available():
            prepare_for_cpu(cfg, model)

    def post_trainer_create(self, cfg, trainer):
        trainer.args.eval_on_start = False  # Axolotl evaluates the untrained model too, which costs and tells nothing
        if cfg.thriftune_events_file:
            trainer.add_callback(
                TrainingEvents(
                    events_file=cfg.thriftune_events_file,
                    stop_file=cfg.thriftune_stop_file,
                    max_seconds=cfg.thriftune_max_seconds,
                )
            )


def prepare_for_cpu(cfg, model) -> None:
    """Compute in bf16 where the processor can, and keep bitsandbytes from repacking weights in `eval()`.

    Axolotl refuses `bf16: true` on a CPU, and fp32 is about twice as slow there. bitsandbytes 0.50
    repacks 4-bit weights for AVX512-BF16 when a module goes to eval mode, which fails on a view of a
    leaf variable in the middle of training; the switch is an attribute of its modules.
    """
    if cfg.thriftune_threads:
        torch.set_num_threads(cfg.thriftune_threads)
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
        if hasattr(module, "compute_dtype") and cfg.thriftune_bf16:
            module.compute_dtype = torch.bfloat16
    if not cfg.thriftune_bf16:
        return
    for parameter in model.parameters():
        if not parameter.requires_grad and parameter.dtype == torch.float32:
            parameter.data = parameter.data.to(torch.bfloat16)
