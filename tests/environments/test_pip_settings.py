"""pip's settings reach uv, and uv's own settings come before them."""

from __future__ import annotations

import pytest

from wrapper.environments.pip_settings import (
    PipSettings,
    parse_pip_settings,
    read_pip_settings,
    uv_has_own_indexes,
    uv_variables,
)

LISTING = """\
:env:.cert='/certificates.pem'
:env:.default-timeout='180'
:env:.find-links='/wheels'
global.cert='/other.pem'
global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'
global.find-links='/old'
global.index-url='https://global.example/simple'
install.index-url='https://install.example/simple'
install.trusted-host='one.example two.example'
freeze.timeout='10'
"""


def test_variables_come_before_files_and_install_before_global():
    assert parse_pip_settings(LISTING) == PipSettings(
        index_url="https://install.example/simple",
        extra_index_urls=("https://one.example/simple", "https://two.example/simple"),
        find_links=("/wheels",),
        cert="/certificates.pem",
        trusted_hosts=("one.example", "two.example"),
        timeout="180",
    )


@pytest.mark.parametrize(("word", "meant"), [("true", True), ("1", True), ("no", False), ("0", False)])
def test_no_index(word, meant):
    assert parse_pip_settings(f"global.no-index='{word}'").no_index is meant


def test_nothing_set_is_nothing_passed_on():
    assert parse_pip_settings("") == PipSettings()
    assert uv_variables(PipSettings(), {}, uv_is_configured=False) == {}


def test_uv_hears_all_of_it_and_looks_at_all_indexes():
    assert uv_variables(parse_pip_settings(LISTING), {}, uv_is_configured=False) == {
        "SSL_CERT_FILE": "/certificates.pem",
        "UV_DEFAULT_INDEX": "https://install.example/simple",
        "UV_FIND_LINKS": "/wheels",
        "UV_HTTP_TIMEOUT": "180",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INSECURE_HOST": "one.example two.example",
    }


def test_indexes_of_uv_itself_win_but_certificates_still_hold():
    passed = uv_variables(parse_pip_settings(LISTING), {}, uv_is_configured=True)
    assert passed.keys() == {"SSL_CERT_FILE", "UV_HTTP_TIMEOUT", "UV_INSECURE_HOST"}


def test_a_variable_that_is_set_is_not_replaced():
    environ = {"SSL_CERT_FILE": "/mine.pem", "UV_INDEX_STRATEGY": "first-index"}
    passed = uv_variables(parse_pip_settings(LISTING), environ, uv_is_configured=False)
    assert not environ.keys() & passed.keys()


@pytest.mark.parametrize(
    ("config", "configured"),
    [
        ('index-url = "https://uv.example"', True),
        ('[[index]]\nurl = "https://uv.example"', True),
        ('[pip]\nfind-links = ["/wheels"]', True),
        ('cache-dir = "/elsewhere"', False),
        ("not = [toml", False),
    ],
)
def test_a_uv_toml_counts_if_it_names_indexes(tmp_path, config, configured):
    file = tmp_path / "uv.toml"
    file.write_text(config)
    assert uv_has_own_indexes({}, (file,)) is configured


def test_a_uv_variable_counts(tmp_path):
    assert uv_has_own_indexes({"UV_DEFAULT_INDEX": "https://uv.example"}, (tmp_path / "none.toml",))
    assert not uv_has_own_indexes({"UV_CACHE_DIR": "/elsewhere"}, (tmp_path / "none.toml",))


def test_a_python_without_pip_still_has_the_variables(programs, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    programs.fails = lambda argv: "No module named pip"
    assert read_pip_settings(programs).index_url == "https://variable.example/simple"
    assert all(argv[1:] == ["-m", "pip", "config", "list"] for argv in programs.asked)


def test_pip_is_asked(programs):
    programs.pip_config = LISTING
    assert read_pip_settings(programs).find_links == ("/wheels",)
