"""Examples that Python and the scripts of the pages must both fulfil (`js/` reads them too)."""

import json
from pathlib import Path

SHARED = json.loads(Path(__file__).with_name("shared.json").read_text(encoding="utf-8"))
