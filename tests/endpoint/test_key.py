"""The key reaches the endpoint and nothing else."""

from __future__ import annotations

import logging
import pickle
import sys
import traceback
from types import SimpleNamespace

import pytest
from scripted import Says, failure

from wrapper.data.rows import Message
from wrapper.endpoint.key import find_key
from wrapper.errors import BadInput, EnvironmentFault, ThriftuneError
from wrapper.process import child_environment

HELLO = (Message(role="user", content="Hello"),)


def test_it_is_sent_as_a_bearer_token(endpoint, client, key):
    client().chat(HELLO, max_tokens=5)
    assert endpoint.headers[0]["authorization"] == f"Bearer {key}"


def test_the_variable_that_the_spec_names(endpoint, client, key, monkeypatch):
    monkeypatch.setenv("OTHER", "another-key\n")
    client(api_key_env="OTHER").chat(HELLO, max_tokens=5)
    assert endpoint.headers[0]["authorization"] == "Bearer another-key"


def test_the_keyring_where_the_environment_has_none(endpoint, client, monkeypatch):
    kept = {("thriftune", "OPENAI_API_KEY"): "from-the-keyring"}
    ring = SimpleNamespace(get_password=lambda service, name: kept.get((service, name)))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    client().chat(HELLO, max_tokens=5)
    assert endpoint.headers[0]["authorization"] == "Bearer from-the-keyring"
    client(api_key_env="ANOTHER").chat(HELLO, max_tokens=5)
    assert "authorization" not in endpoint.headers[1]


def test_a_keyring_that_does_not_open_has_none(endpoint, client, monkeypatch):
    def locked(service, name):
        raise RuntimeError("locked")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
    client().chat(HELLO, max_tokens=5)
    assert "authorization" not in endpoint.headers[0]


def test_nothing_comes_from_a_netrc_file(endpoint, client, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    client().chat(HELLO, max_tokens=5)
    assert "authorization" not in endpoint.headers[0]


@pytest.mark.parametrize("host", ["api.example.com", "192.168.1.5:8000", "localhost.example.com", "[2001:db8::1]"])
def test_not_in_the_clear_to_another_machine(client, key, host):
    with pytest.raises(BadInput, match="in the clear") as caught:
        client(base_url=f"http://{host}/v1")
    assert caught.value.hint.startswith("use `https://`")


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "127.3.2.1", "[::1]:8000", "my.localhost"])
def test_in_the_clear_on_this_machine(client, key, host):
    assert client(base_url=f"http://{host}/v1")


def test_without_a_key_in_the_clear(client):
    assert client(base_url="http://192.168.1.5:8000/v1")


@pytest.mark.parametrize("value", ["two words", "schlüssel-1234", "line\nbreak"])
def test_what_cannot_be_a_key(client, monkeypatch, value):
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(EnvironmentFault) as caught:
        client()
    assert caught.value.message == "`OPENAI_API_KEY` of the environment holds spaces or letters that no key has"


def test_it_is_in_no_message_trace_log_or_output(endpoint, client, key, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    asking = client(base_url=endpoint.base_url + "?token=" + key)
    answers = [
        Says(status=401, body=failure(f"Incorrect API key provided: {key}")),
        Says(status=401, body=failure(f"Incorrect API key provided: {key[:9]}")),
        Says(status=401, body=failure(f"Incorrect API key provided: {key[:3]}*****{key[-4:]}")),
        Says(status=400, body=failure("x" * 290 + key)),
        Says(status=500, body=f"echo: Authorization: Bearer {key}".encode()),
        Says(status=302, headers={"Location": f"https://other/{key}?k={key}"}, body=b""),
        Says(body=b"<html>" + key.encode()),
        Says(reset=True),
    ]
    for says in answers:
        endpoint.reply = lambda body, says=says: says
        with pytest.raises(ThriftuneError) as caught:
            asking.chat(HELLO, max_tokens=5)
        told = [str(caught.value), caught.value.hint, repr(caught.value), *traceback.format_exception(caught.value)]
        assert not any(part in text for text in told for part in (key, key[:8], key[-8:], key[:3] + "*"))
    state = {name: value for name, value in vars(asking).items() if name != "endpoint"}  # it has the spec's address
    told = repr(asking) + repr(state) + caplog.text + "".join(capfd.readouterr())
    assert key not in told
    assert "127.0.0.1" not in caplog.text


def test_it_shows_itself_to_nobody(key):
    found = find_key("OPENAI_API_KEY")
    assert repr(found) == str(found) == "Key(OPENAI_API_KEY, environment)"
    with pytest.raises(TypeError):
        pickle.dumps(found)


def test_other_keys_are_masked_too(key):
    found = find_key("NOT_SET")
    assert found.redact("Incorrect key sk-proj-abc123def, or hf_abcdefghij") == "Incorrect key [key], or [key]"
    assert found.redact("the desk-bound model wasn't found") == "the desk-bound model wasn't found"


def test_no_program_gets_it(endpoint, client, key, monkeypatch):
    monkeypatch.setenv("MY_JUDGE_SECRET", "hidden")
    assert child_environment()["MY_JUDGE_SECRET"] == "hidden"
    client(api_key_env="MY_JUDGE_SECRET")
    assert not {"OPENAI_API_KEY", "MY_JUDGE_SECRET"} & child_environment().keys()
