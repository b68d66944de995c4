"""How answers are graded, and the models behind endpoints: tables of the spec."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from wrapper.spec.values import Count, Natural, NotNegative, Positive, Strict, Text


class Endpoint(Strict, frozen=True, kw_only=True):
    """A model behind an OpenAI-compatible API; its key comes from the environment or the keyring, never from a file."""

    base_url: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[^\s/@?#]+(/[^\s@?#]*)?(?!\n)$")],
        Meta(description="Address up to and with `/v1`, such as `https://api.openai.com/v1`."),
    ]
    model: Annotated[Text, Meta(description="Name of the model there.")]
    api_key_env: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(KEY|TOKEN)(?!\n)$")],
        Meta(
            description="Name of the environment variable that holds the key, ending in KEY or TOKEN; "
            "none is sent where it is not set."
        ),
    ] = "OPENAI_API_KEY"
    usd_per_million_input: Annotated[NotNegative, Meta(description="Price of a million tokens of prompt, in dollars.")]
    usd_per_million_output: Annotated[NotNegative, Meta(description="Price of a million tokens of answer, in dollars.")]
    concurrency: Annotated[
        Annotated[int, Meta(ge=1, le=64)], Meta(description="Requests that are under way at once.")
    ] = 4
    timeout_seconds: Annotated[Positive, Meta(description="Longest wait for one answer.")] = 60.0


class Constraints(Strict, frozen=True, kw_only=True):
    """What every answer must keep to, for the metric `constraints`."""

    min_words: Annotated[Natural | None, Meta(description="Fewest words.")] = None
    max_words: Annotated[Natural | None, Meta(description="Most words.")] = None
    max_characters: Annotated[Count | None, Meta(description="Most characters.")] = None
    max_sentences: Annotated[Count | None, Meta(description="Most sentences.")] = None
    include: Annotated[tuple[Text, ...], Meta(description="Texts that must stand in it; case does not matter.")] = ()
    exclude: Annotated[tuple[Text, ...], Meta(description="Texts that must not stand in it.")] = ()
    matches: Annotated[Text | None, Meta(description="Regular expression that the whole answer must match.")] = None


class Judge(Endpoint, frozen=True, kw_only=True):
    """A model that compares each answer with the gold answer, in both orders."""

    rubric: Annotated[Text, Meta(description="What makes an answer good, in a sentence or a few.")]


class Grading(Strict, frozen=True, kw_only=True):
    """Options of the metric."""

    aliases: Annotated[
        dict[str, tuple[Text, ...]],
        Meta(description="Other spellings of a gold answer that count as right: `USA: [United States, U.S.]`."),
    ] = field(default_factory=dict)
    tolerance: Annotated[
        NotNegative | None, Meta(description="Metric `number`: difference that still counts as right, as a share.")
    ] = None
    pattern: Annotated[
        Text | None,
        Meta(description="Metric `regex`: expression whose first group is the answer; what it finds is compared."),
    ] = None
    schema: Annotated[
        Text | None,
        Meta(description="JSON Schema file, relative to the spec; an answer that breaks it scores 0."),
    ] = None
    constraints: Annotated[Constraints | None, Meta(description="Metric `constraints`.")] = None
    function: Annotated[
        Annotated[str, Meta(pattern=r"^[^:]+\.py:[A-Za-z_][A-Za-z0-9_]*$")] | None,
        Meta(
            description="Metric `function`: your own `FILE.py:NAME`, run in thriftune itself; "
            "called as NAME(response, gold, question), returns 0 to 1, or None where it cannot grade."
        ),
    ] = None
    judge: Annotated[Judge | None, Meta(description="Metric `judge`.")] = None
