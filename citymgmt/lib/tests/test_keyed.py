"""Signatures: of a key, of an algorithm, of exactly these parts."""

import pytest

from citymgmt.lib import env, keyed


@pytest.fixture(autouse=True)
def _key(settings):
    settings.RECORD_KEY, settings.RECORD_DIGEST = "one", "sha256"


def test_a_signature_is_of_its_parts_and_key(settings):
    signature = keyed.sign("row", 1, ["a"], None)
    assert signature.startswith("sha256:")
    assert keyed.holds(signature, "row", 1, ["a"], None)
    for others in (("row", 2, ["a"], None), ("row", 1, "a", None), ("row", 1, ["a"])):
        assert not keyed.holds(signature, *others)
    settings.RECORD_KEY = "two"
    assert not keyed.holds(signature, "row", 1, ["a"], None)


def test_the_signature_names_its_algorithm(settings):
    settings.RECORD_DIGEST = "sm3"
    signature = keyed.sign("row")
    assert signature.startswith("sm3:")
    settings.RECORD_DIGEST = "sha256"
    assert keyed.holds(signature, "row")
    assert signature.partition(":")[2] != keyed.sign("row").partition(":")[2]


@pytest.mark.parametrize("forged", ["", "sha256:", "md5:00", "none"])
def test_what_is_no_signature_holds_for_nothing(forged):
    assert not keyed.holds(forged, "row")


def test_the_name_of_a_key_is_not_the_key(settings):
    assert settings.RECORD_KEY not in keyed.fingerprint()
    assert len(keyed.fingerprint()) == 16


def test_a_setting_is_one_of_its_words(monkeypatch):
    monkeypatch.setenv("RECORD_DIGEST", "SM3")
    assert env.one_of("RECORD_DIGEST", keyed.ALGORITHMS, "sha256") == "sm3"
    monkeypatch.setenv("RECORD_DIGEST", "md5")
    with pytest.raises(ValueError, match="sha256, sm3"):
        env.one_of("RECORD_DIGEST", keyed.ALGORITHMS, "sha256")
