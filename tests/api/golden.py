"""The promised description of the API, tests/golden/openapi.json.

It is written anew for a change of the API that is meant, and the difference is part of the commit:

    .venv/bin/python -m tests.api.golden
"""

import json
from pathlib import Path
from typing import Any

from api.app import bare_app
from api.described import describe
from runtime.settings import Settings

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"


def text_of(described: dict[str, Any]) -> str:
    """The description as it stands in the file."""
    return json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(text_of(describe(bare_app(Settings()))), encoding="utf-8")
