"""The gateway of an installation without one: each message is a line of a file.

`var/sms/outbox.jsonl`: {"at", "phone", "text", "reference"}, readable by its owner only. A
program or person that sends them on reads the lines; a reference seen before is not sent again.
"""

import json
import os

from django.conf import settings
from django.utils import timezone

from citymgmt.lib.sms import Failed


def path():
    return settings.VAR_DIR / "sms" / "outbox.jsonl"


def send(phone, text, reference) -> str:
    """One write in append mode: lines of several processes do not mix."""
    row = {"at": timezone.now().isoformat(), "phone": phone, "text": text, "reference": reference}
    line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
    try:
        path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise Failed(f"outbox: {error.strerror}") from error
    return reference
