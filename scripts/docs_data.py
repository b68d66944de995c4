"""docs/data.md: what is read, what an audit finds, and how rows are compared, from the tables in the code."""

from __future__ import annotations

from wrapper.data.quality import alike, audit
from wrapper.data.quality.findings import RULES
from wrapper.data.reading import MAX_FAULTS, json_text, opening, records
from wrapper.data.reading.file_types import SUFFIXES

TEXT = """\
# Data

`thriftune data audit` says row by row what is wrong, `data clean` mends and drops by named rules, `data split` freezes
what is held out, `data preview` shows what is trained. `thriftune run` does the same on its own way: it reads, audits,
drops exact repeats and what is held out, splits and freezes, and stops at the data gate where the limits are passed.

## What is read

Files of type {suffixes}; one, several, a glob, a folder, or `hf://datasets/OWNER/NAME[@REVISION][/PATH]` where the hub
can be reached. Each file's format is found out and said:

| shape | fields |
|---|---|
| chat | `messages` (also `conversations`, `conversation`, `dialogue`, `turns`) of `role` and `content`, or `from` and `value` |
| Alpaca | `instruction`, `input`, `output`, with `system` and `history` |
| pairs | `prompt`/`completion`, `question`/`answer`, `input`/`output`, `query`/`response`, `text`/`label`, and the like |
| any other | the two fields that `data.input` and `data.output` name |

Typed content parts are joined where they are text. Calls of tools are read as text: the tools' definitions go into the
system turn, a call becomes compact JSON with `name` and `arguments`. Preference pairs, judged answers, token ids,
embedding pairs, multiple choice, plain text and prompts without answers are refused by name.

A row may have at most {row_mib} MiB, JSON at most {depth} levels; a longer row is a finding, and the next is read. A packed
file may unpack to {ratio} times its size. Files are streamed: neither a line of a gigabyte nor a bomb fills the memory.
More than {faults:,} unreadable rows in a file end the reading of it.

## Rules

| rule | severity | what it says |
|---|---|---|
{rules}

In a pair the later row is the finding and the earlier its `related` one; `leakage` is a finding on the held-out row.
`--findings FILE` writes one JSON object a line: `rule`, `severity`, `file`, `line` (from 1; the row's number in JSON
arrays and Parquet; 0 for the data as a whole), `related`, `detail`, `example`. Secrets and personal data are masked.

## When two rows are the same

`exact_duplicate` means the same messages to the character. Everything softer is `near_duplicate`:

- Inputs that differ in case, punctuation and spacing only.
- Texts of {least} words and more that differ in {edits} words or fewer. Words count as white space parts them, or as
  characters in scripts without spaces; where they stand does not count. Both input and answer have to agree so; rows
  with one and the same long answer may differ more in a short input. A document with another question in its last line
  is another input.
- Shorter inputs that differ in the spelling of a word or in a particle only. One other word makes another question
  there (`activate my card`, `cancel my card`), so that edits of whole words are not found: see below.

More than ten rows that repeat each other but for words are out of one template, with other words in its slots, and none
of them is a duplicate for it.

Answers agree where they are equal but for case, punctuation and spacing. JSON goes by its values, whatever the order of
keys; code and SQL by every word and sign. Prose of {short} words and more may differ in one word of five, of {least} and more
in {edits}, unless the words are such as `not` or `yes`, or both end in a number and in different ones. Shorter answers,
such as labels and numbers, agree with their equals only. `contradiction` is one input with answers that do not agree: an
error where the inputs are the same, a warning where they are nearly so (information for chat and summarisation).
Operators and currencies count: `2+3` is not `2-3`, nor `a > b` `a < b`, nor `£1` `€1`.

Candidates come from MinHash signatures over pairs of words (rensa), each is then compared word by word. Words of a
template that three rows in ten share are left out of it, so that long instructions do not make all rows alike.

What `scripts/bench/audit` measured on planted faults (three seeds a source):
{measured}

## Limits of the data gate

More than {malformed:.0%} malformed rows in a split, more than {leaked:.0%} of the test rows in train (but for case, punctuation
and spacing), more than {contradictory:.0%} of the training rows in contradictions (chat and summarisation may have many right
answers, and are not counted), fewer than {least_rows} rows to train or test on. `data audit` says `unfit` and exits with 5
for the same reasons.

## Splits

Rows of one input, near duplicates, and rows of one source (`data.group`) stay in one split; labels are spread in
proportion. (Near duplicates that join more than a tenth of all rows are out of one template, and may be parted.) Which rows are held out is kept by the digest of their content: in `split.json` by `data split`, in
`.thriftune/data` by `thriftune run`. With more rows later, or fewer for a while, the old test rows stay in test, and
none is ever trained on, whatever count is asked for; only a test file of your own takes their place.
"""

MEASURED = """
| made-up texts, payments, intents, gsm8k | precision | recall | worst F1 |
|---|---|---|---|
| malformed rows (32 kinds), exact duplicates, contradictions of one input | 1.00 | 1.00 | 1.00 |
| near duplicates (word edits: of 20 words and more), leakage exact and near | 1.00 | 1.00 | 1.00 |
| low-value answers | 0.99 to 1.00 | 1.00 | 0.99 |

Recall is the same in banking77 and restaurant8k, 0.996 and more. Both have repeats of their own, which are found beside
the planted ones: banking77 as it is, near duplicates such as `beneficiery` and `beneficiary` and questions with two
labels; restaurant8k, the same short utterances again and again. gsm8k as it is has no finding. On the same files the
dedup of soup 0.77 has an F1 of 0.70 to 0.91 over exact and near duplicates together.

Recall of near duplicates by length, all sources: changes of case, punctuation and spacing 1.00 at any length; one or
two edited words 1.00 from 20 words on, three of them 0.99 in 20 to 29 words and 1.00 in more; in shorter inputs:

| words | 1 edit | 2 edits | 3 edits |
|---|---|---|---|
| 15 to 19 | 0.74 | 0.59 | 0.66 |
| 10 to 14 | 0.43 | 0.22 | 0.16 |
| 5 to 9 | 0.39 | 0.22 | 0.13 |"""


def page() -> str:
    return TEXT.format(
        suffixes=", ".join(f"`{suffix}`" for suffix in SUFFIXES),
        row_mib=records.MAX_ROW_BYTES // 1024**2,
        depth=json_text.MAX_DEPTH,
        ratio=opening.MAX_UNPACKED_RATIO,
        faults=MAX_FAULTS,
        rules="\n".join(f"| `{name}` | {rule.severity} | {rule.says} |" for name, rule in RULES.items()),
        least=alike.LEAST_WORDS,
        edits=alike.EDITS,
        short=alike.SHORT_WORDS,
        malformed=audit.MOST_MALFORMED,
        leaked=audit.MOST_LEAKED,
        contradictory=audit.MOST_CONTRADICTORY,
        least_rows=audit.LEAST_ROWS,
        measured=MEASURED,
    )
