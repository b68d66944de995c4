"""A plan as a person and a program read it."""

from __future__ import annotations

import msgspec

from wrapper.plan.describe import as_document, describe

WHOLE = """\
qlora of smollm2-135m with axolotl on cpu

precision                    bf16         the device multiplies in bf16
attention                    sdpa         flash attention needs a GPU
sequence_tokens              176          longest row, 170 tokens, rounded up to a multiple of 8
micro_batch_size             8            all rows of a step fit within 15.6 GiB
gradient_accumulation_steps  1            makes 8 rows a step
epochs                       1            one pass gives 88 steps, at least 64
steps                        88           88 steps an epoch
learning_rate                0.001        proven on smollm2-135m
lr_scheduler                 linear       falls to nothing by the last step
warmup_steps                 4            5 % of the steps
weight_decay                 0            no use in a run this short
optimizer                    adamw_torch  8-bit optimisers need a GPU
lora_r                       16           proven on smollm2-135m
lora_alpha                   32           proven on smollm2-135m
lora_dropout                 0            few epochs leave little to regularise
gradient_checkpointing       no           fits within 15.6 GiB without it, and it would cost a third more time
sample_packing               no           rows are kept apart: none sees another
eval_steps                   22           4 evaluations; the best one is kept
save_steps                   22           a quarter of the steps is the most that a crash can cost; a stop saves first
early_stopping_patience      2            evaluations without a better loss end it: the rest would be learnt by heart
seed                         0            the seed of the data
threads                      2            cores that this machine lends

estimate             low    likely      high
memory, GiB          3.9       4.6       5.5
time, minutes        6.4       8.0      11.2
price, dollars     0.011     0.013     0.019
memory: measured from smollm2-135m qlora on a laptop (by hand)
time: measured from smollm2-135m qlora on a laptop (by hand)"""


def test_whole(plan_with):
    assert "\n".join(describe(plan_with())) == WHOLE


def test_a_plan_without_an_adapter_shows_none(plan_with, make_spec):
    text = "\n".join(describe(plan_with(spec=make_spec(method="full"))))
    assert "full of smollm2-135m" in text
    assert "lora_" not in text


def test_objections_stand_at_the_end(plan_with):
    plan = plan_with(seconds_left=0.0)
    assert describe(plan)[-2:] == ["objections", f"  {plan.objections[0]}"]


def test_document(plan_with):
    plan = plan_with()
    document = msgspec.json.decode(msgspec.json.encode(as_document(plan)))
    assert document["version"] == 1
    assert document["steps"] == 88
    assert document["estimate"]["usd"]["likely"] == plan.estimate.usd.likely
    assert document["reasons"] == plan.reasons
