"""Secrets do not print, and are taken out of text."""

import json
import logging

import pytest
from pydantic import BaseModel

from bot.config.models import Config
from bot.config.operation import AlertsConfig
from bot.config.secrets import Credentials, Secret, SecretValues, names_a_secret


class Holder(BaseModel):
    secret: Secret


def test_a_secret_never_prints() -> None:
    secret = Secret("s3cret")
    holder = Holder(secret=secret)
    shown = [
        repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{secret} {secret!r}",
        repr([secret]), repr(holder),
        holder.model_dump_json(), json.dumps(holder.model_dump(mode="json")), repr(Credentials(secret, secret)),
        logging.makeLogRecord({"msg": "%s", "args": (secret,)}).getMessage(),
    ]  # fmt: skip
    assert "s3cret" not in " ".join(shown)
    assert secret.reveal() == "s3cret"
    assert secret == Secret("s3cret") != Secret("other")
    assert secret != "s3cret"


@pytest.mark.parametrize(
    "name", ["api_key", "apiKey", "API-SECRET", "bybit.apikey", "BYBIT_API_KEY", "Token", "password"]
)
def test_names_of_secrets_are_known_in_every_spelling(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["symbol", "key", "order_prefix", "i_understand_this_trades_real_money", "tokens"])
def test_other_names_are_not_taken_for_secrets(name: str) -> None:
    assert not names_a_secret(name)


def test_redaction_takes_out_every_secret_of_the_run() -> None:
    url = "tgram://123456:AAtoken%2Bpart/-100200300"
    config = Config(alerts=AlertsConfig(urls=(Secret(url), Secret("mailto://me:pa55@mail.example"))))
    values = config.with_credentials(Credentials(Secret("key/with+signs"), Secret("key/with"))).secret_values()
    text = f"GET /?k=key%2Fwith%2Bsigns for key/with+signs, key/with; {url}; AAtoken+part; login me pa55"
    assert values.redact(text) == "GET /?k=*** for ***, ***; ***; ***; login me ***"
    values.add("late-key")
    assert values.redact("late-key and no more") == "*** and no more"
    assert "late" not in repr(values)


def test_without_secrets_nothing_is_redacted() -> None:
    values = SecretValues()
    assert values.redact("a b c") == "a b c"
    values.add("")
    values.add("abc")
    assert values.redact("abc abcd") == "abc abcd"
