"""The forms of keys and tokens: detectors of detect-secrets, and forms that it lacks, built as its own are.

Left out are its detectors by entropy, and those whose forms ordinary text has too (Artifactory, Cloudant, IBM,
SoftLayer, its keywords). Importing this module imports detect-secrets: it is imported where it is first needed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

PASSWORD = "a labelled secret"  # noqa: S105
PRIVATE_KEY = "a private key"
URL_PASSWORD = "a URL password"  # noqa: S105


class Detector(NamedTuple):
    """A detector and what it finds; `signs` are strings of which a text must hold one to be worth a look."""

    kind: str
    signs: tuple[str, ...]
    plugin: RegexBasedDetector


class PrefixedToken(RegexBasedDetector):
    """A token that its issuer gave a form of its own."""

    secret_type = "Prefixed Token"  # noqa: S105
    denylist: tuple[re.Pattern[str], ...] = ()

    def __init__(self, pattern: str) -> None:
        self.denylist = (re.compile(pattern),)


_OF_LIBRARY = (
    Detector("an AWS access key", ("AKIA", "ASIA", "ABIA", "ACCA", "A3T", "aws", "AWS"), AWSKeyDetector()),
    Detector("an Azure storage key", ("AccountKey=",), AzureStorageKeyDetector()),
    Detector(URL_PASSWORD, ("://",), BasicAuthDetector()),
    Detector("a Discord bot token", ("M", "N", "O"), DiscordBotTokenDetector()),
    Detector("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), GitHubTokenDetector()),
    Detector(
        "a GitLab token",
        ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "GR13", "glcbt-", "glimt-", "glptt-", "glagent-", "gloas-"),
        GitLabTokenDetector(),
    ),
    Detector("a JSON web token", ("eyJ",), JwtTokenDetector()),
    Detector("a Mailchimp key", ("-us",), MailchimpDetector()),
    Detector("an OpenAI key", ("T3BlbkFJ",), OpenAIDetector()),
    Detector(PRIVATE_KEY, ("PRIVATE KEY", "PuTTY-User"), PrivateKeyDetector()),
    Detector("a PyPI token", ("pypi-",), PypiTokenDetector()),
    Detector("a SendGrid key", ("SG.",), SendGridDetector()),
    Detector("a Slack token", ("xox", "hooks.slack.com"), SlackDetector()),
    Detector("a Square secret", ("sq0csp-",), SquareOAuthDetector()),
    Detector("a Stripe key", ("sk_live_", "rk_live_"), StripeDetector()),
    Detector("a Telegram bot token", (":AA",), TelegramBotTokenDetector()),  # each token seen goes on so
    Detector("a Twilio key", ("AC", "SK"), TwilioKeyDetector()),
)

# kind, signs, form; the comment names the rule of gitleaks 8 that has the form, or its issuer
_MORE_FORMS = (
    ("an Anthropic key", ("sk-ant-",), r"sk-ant-(?:api|admin|oat|ort)\d\d-[\w-]{40,}"),  # anthropic-api-key, -oauth-
    ("an OpenAI key", ("T3BlbkFJ",), r"sk-(?:proj|svcacct|admin)-[\w-]{40,80}T3BlbkFJ[\w-]{40,80}"),  # openai-api-key
    ("an OpenRouter key", ("sk-or-",), r"sk-or-v1-[0-9a-f]{64}"),  # OpenRouter's documentation
    ("a Hugging Face token", ("hf_",), r"hf_[A-Za-z]{34}(?![A-Za-z0-9_])"),  # huggingface-access-token
    ("a GitHub token", ("github_pat_",), r"github_pat_\w{82}"),  # github-fine-grained-pat
    ("a Google API key", ("AIza",), r"AIza[\w-]{35}(?![\w-])"),  # gcp-api-key
    ("an npm token", ("npm_",), r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9_])"),  # npm-access-token
    ("a Slack token", ("xapp-",), r"xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+"),  # slack-app-token
    ("a Groq key", ("gsk_",), r"gsk_[A-Za-z0-9]{52}"),  # Groq's console
    ("a Replicate token", ("r8_",), r"r8_[A-Za-z0-9]{37}"),  # Replicate's documentation
    ("a Perplexity key", ("pplx-",), r"pplx-[A-Za-z0-9]{48}"),  # perplexity-api-key
    ("an xAI key", ("xai-",), r"xai-[A-Za-z0-9]{80}"),  # xAI's console
    ("an NVIDIA key", ("nvapi-",), r"nvapi-[\w-]{60,}"),  # NVIDIA's catalogue
    ("a Vault token", ("hvs.",), r"hvs\.[\w-]{90,120}"),  # vault-service-token
    ("a Grafana token", ("glsa_",), r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),  # grafana-service-account-token
    ("a DigitalOcean token", ("_v1_",), r"do[opr]_v1_[a-f0-9]{64}"),  # digitalocean-pat
    ("a Databricks token", ("dapi",), r"dapi[a-f0-9]{32}"),  # databricks-api-token
    ("a Linear key", ("lin_api_",), r"lin_api_[A-Za-z0-9]{40}"),  # linear-api-key
    ("an encrypted private key", ("ENCRYPTED PRIVATE KEY",), r"BEGIN ENCRYPTED PRIVATE KEY"),  # RFC 5958
)

_NAME = (
    r"(?:pass(?:word|wd|phrase)|pwd|secret"
    r"|(?:api|access|secret|private|account)[ _-]?key|(?:access|auth|api)[ _-]?token)"
)
_VALUE = r"[\"'`]?(?P<value>[^\s\"'`,;<>{}()\[\]$\\]{6,72})"
_BY_NAME = Detector(
    PASSWORD,
    ("pass", "Pass", "PASS", "pwd", "PWD", "key", "Key", "KEY", "oken", "OKEN", "ecret", "ECRET"),
    PrefixedToken(rf"(?i)(?<![a-z]){_NAME}[\"'`]?\s{{0,2}}(?::=|=>|[:=]|\bis\b)\s{{0,2}}{_VALUE}"),
)

DETECTORS = (
    *_OF_LIBRARY,
    *(Detector(kind, signs, PrefixedToken(pattern)) for kind, signs, pattern in _MORE_FORMS),
    _BY_NAME,
)
