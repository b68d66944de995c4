"""Keys and tokens are found by kind and place and never shown; placeholders and plain text are no findings.

Each key is made here from a seed and put together from parts, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import base64
import json
import random
import string
import subprocess
import sys

import pytest

from wrapper.data.quality.credentials import find_secrets
from wrapper.data.reading import read_rows
from wrapper.data.rows import Message, make_row

_ALNUM = string.ascii_letters + string.digits
_UPPER = string.ascii_uppercase + string.digits
_HEX = "0123456789abcdef"
_TOLERATED = 0.001  # of the rows of real data without secrets


def _text(length: int, alphabet: str = _ALNUM, seed: int = 5) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=length))


def _part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _web_token() -> str:
    payload = {"sub": _text(10, string.digits), "iss": "ledger.internal", "exp": 1790000000}
    return ".".join((_part({"alg": "HS256", "typ": "JWT"}), _part(payload), _text(43)))


def _private_key() -> str:
    begin, end = ("-" * 5 + f"{word} RSA PRIVATE " + "KEY" + "-" * 5 for word in ("BEGIN", "END"))
    return f"{begin}\n" + "\n".join(_text(64, seed=seed) for seed in range(8)) + f"\n{end}"


SECRETS = {
    "an AWS access key": "AK" + "IA" + _text(16, string.ascii_uppercase + "234567"),
    "a GitHub token": "gh" + "p_" + _text(36),
    "a GitLab token": "gl" + "pat-" + _text(20),
    "a Slack token": "xo" + "xb-" + _text(12, string.digits) + "-" + _text(12, string.digits, 6) + "-" + _text(24),
    "a Stripe key": "sk_" + "live_" + _text(24),
    "an OpenAI key": "sk-" + "proj-" + _text(74) + "T3Blbk" + "FJ" + _text(74, seed=6),
    "an Anthropic key": "sk-" + "ant-api03-" + _text(93) + "AA",
    "an OpenRouter key": "sk-" + "or-v1-" + _text(64, _HEX),
    "a Hugging Face token": "h" + "f_" + _text(34, string.ascii_letters),
    "a Google API key": "AI" + "za" + _text(35),
    "an npm token": "np" + "m_" + _text(36),
    "a PyPI token": "py" + "pi-AgEIcHlwaS5vcmc" + _text(80),
    "a SendGrid key": "S" + "G." + _text(22) + "." + _text(43, seed=6),
    "a Telegram bot token": _text(9, string.digits[1:]) + ":" + "AA" + _text(33),
    "a Twilio key": "S" + "K" + _text(32, _HEX),
    "a JSON web token": _web_token(),
    "a private key": _private_key(),
    "an Azure storage key": "Account" + "Key=" + _text(86) + "==",
    "a URL password": "postgres" + "://ledger:" + _text(14) + "@db.internal:5432/ledger",
}
MORE_FORMS = {
    "a GitHub token": "github" + "_pat_" + _text(22) + "_" + _text(59, seed=6),
    "an OpenAI key": "sk-" + _text(20) + "T3Blbk" + "FJ" + _text(20, seed=6),
    "an AWS access key": "AS" + "IA" + _text(16, string.ascii_uppercase + "234567", 6),
    "a Slack token": "xa" + "pp-1-" + _text(11, _UPPER) + "-" + _text(13, string.digits) + "-" + _text(64, _HEX),
    "a Groq key": "gs" + "k_" + _text(52),
    "a Databricks token": "da" + "pi" + _text(32, _HEX),
}
FORMS = [*SECRETS.items(), *MORE_FORMS.items()]
PLACEHOLDERS = (
    "AKIAIOSFODNN7" + "EXAMPLE",
    "AKIA" + "X" * 16,
    "AKIA" + "EXAMPLE" + _text(9, _UPPER),
    "sk-xxxx",
    "sk-" + "x" * 48,
    "sk-proj-" + "X" * 60 + "T3BlbkFJ" + "X" * 60,
    "sk-ant-api03-" + "a" * 95,
    "ghp_" + "x" * 36,
    "hf_" + "x" * 34,
    "npm_" + "0" * 36,
    "AIza" + "1" * 35,
    "export OPENAI_API_KEY=<API_KEY>",
    "Authorization: Bearer {{token}}",
    "password: ${DB_PASSWORD}",
    "api_key = os.environ['API_KEY']",
    "postgres://user:password@localhost/db",
    "https://{user}:{password}@host/path",
    "postgres://admin:" + "your-password@db.internal/ledger",
    "-----BEGIN RSA PRIVATE " + "KEY-----\n...\n-----END RSA PRIVATE " + "KEY-----",
)
PLAIN = (
    "Natalia sold 48/2 = <<48/2=24>>24 clips in May, and 48+24 = 72 in all.",
    "The commit is " + _text(40, _HEX) + " and the digest " + _text(64, _HEX, 6) + ".",
    "Item " + _text(8, _HEX) + "-1f2e-4c3d-9b8a-" + _text(12, _HEX) + " is late.",
    "https://shop.test/orders/" + _text(24) + "?page=2",
    "data:image/png;base64," + _text(600) + "==",
    "The secret is to rest, and the password: it must be kept.",
    "I forgot my password, is that a problem?",
    "The key is under the mat at 10:30.",
)


@pytest.mark.parametrize(("kind", "secret"), FORMS, ids=[f"{n} {kind}" for n, (kind, _) in enumerate(FORMS)])
@pytest.mark.parametrize("frame", ["{}", "Use {} for the sums.", "KEY={}\nNatalia sold 48 clips.", '{{"key": "{}"}}'])
def test_a_secret_is_named_and_never_shown(row, kind: str, secret: str, frame: str) -> None:
    found = find_secrets([row("How many clips did she sell?", frame.format(secret), line=7)])
    assert [(one.rule, one.line) for one in found] == [("secret", 7)]
    assert found[0].detail == f"{kind} in the answer"
    assert secret not in found[0].detail + found[0].example
    assert not any(secret[at : at + 8] in found[0].example for at in range(len(secret) - 8))


def test_an_example_shows_four_characters_and_the_length(row) -> None:
    secret = SECRETS["a GitHub token"]
    (found,) = find_secrets([row(f"My token is {secret}.")])
    assert found.detail == "a GitHub token in turn 1"
    assert found.example == f"`ghp_...` ({len(secret)} characters)"


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_no_secret(row, text: str) -> None:
    assert find_secrets([row(text), row("How is it set?", f"Set it as here: {text}")]) == []


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_holds_no_secret(row, text: str) -> None:
    assert find_secrets([row(text)]) == []


def test_one_finding_a_row_and_kind_in_the_order_of_the_rows(row) -> None:
    github, google = SECRETS["a GitHub token"], SECRETS["a Google API key"]
    other = "gh" + "p_" + _text(36, seed=8)
    rows = [row(f"{github} {other} {google}", github, line=1), row("none", line=2), row("k", google, line=3)]
    assert [(one.line, one.detail) for one in find_secrets(rows)] == [
        (1, "2 GitHub tokens in turn 1 and the answer"),
        (1, "a Google API key in turn 1"),
        (3, "a Google API key in the answer"),
    ]


def test_a_system_prompt_and_earlier_turns_are_searched() -> None:
    secret = SECRETS["an Anthropic key"]
    turns = [("system", f"Use {secret}."), ("user", "a"), ("assistant", secret), ("user", "b")]
    messages = [Message(role=role, content=content) for role, content in turns]
    (found,) = find_secrets([make_row(messages, "c", file="rows.jsonl", line=1)])
    assert found.detail == "an Anthropic key in the system prompt and turn 3"


def test_a_password_by_its_name_is_a_warning(row) -> None:
    (found,) = find_secrets([row("The door's password is " + "kT7" + "vQz91p" + ".")])
    assert (found.detail, found.severity) == ("a labelled secret in turn 1", "warning")


def test_no_rows_no_findings() -> None:
    assert find_secrets([]) == []


@pytest.mark.parametrize("name", ["gsm8k/train.jsonl", "banking77/train.csv"])
def test_real_data_without_secrets_raises_no_alarm(shared_data, name: str) -> None:
    rows = read_rows(shared_data / name).rows
    assert len(find_secrets(rows)) <= _TOLERATED * len(rows)


def test_every_secret_planted_in_real_rows_is_found(shared_data) -> None:
    rows = list(read_rows(shared_data / "gsm8k" / "train.jsonl").rows[:400])
    planted = {}
    for at, (kind, secret) in zip(random.Random(3).sample(range(400), len(FORMS)), FORMS, strict=True):
        words = rows[at].answer.split(" ")
        words.insert(len(words) // 2, secret)
        rows[at] = make_row(rows[at].messages, " ".join(words), file=rows[at].file, line=rows[at].line)
        planted[rows[at].line] = f"{kind} in the answer"
    assert {one.line: one.detail for one in find_secrets(rows)} == planted


@pytest.mark.real
def test_the_library_is_imported_only_where_rows_are_searched() -> None:
    """`--help` stays light."""
    heavy = ("detect_secrets", "phonenumbers", "py3langid", "stdnum")
    code = (
        "import sys, wrapper.data.quality.credentials, wrapper.data.quality.personal, wrapper.data.quality.languages;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
