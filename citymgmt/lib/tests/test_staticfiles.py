import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from citymgmt.lib.staticfiles import StaticStorage

ROOT = Path(settings.BASE_DIR)
STATIC_TAG = re.compile(r"""{%\s*static\s+['"]([^'"]+)['"]""")


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "citymgmt.lib.staticfiles.StaticStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_modules_import_each_other_by_hashed_names(collected):
    storage = staticfiles_storage
    app = (collected / storage.stored_name("js/lib/app.js")).read_text()
    live = Path(storage.stored_name("js/lib/live.js")).name
    assert f'from "./{live}"' in app
    for name in re.findall(r'from "\./([^"]+)"', app):
        assert (collected / "js/lib" / name).is_file()


def test_before_collecting_a_plain_name_is_answered(tmp_path):
    storage = StaticStorage(location=tmp_path)
    assert storage.stored_name("css/tokens.css") == "css/tokens.css"


def test_before_collecting_a_wrong_name_is_an_error(tmp_path):
    storage = StaticStorage(location=tmp_path)
    with pytest.raises(ValueError, match=r"css/token\.css"):
        storage.stored_name("css/token.css")


def templates():
    return sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_keep_the_security_policy(path):
    """No inline style or script, no other host; every static file named exists."""
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|href=\"https?://|src=\"https?://", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    storage = StaticStorage(location="/nonexistent")
    for name in STATIC_TAG.findall(text):
        assert storage.stored_name(name) == name
