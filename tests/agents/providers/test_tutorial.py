"""The provider that docs/personas.md teaches, as a reader would copy it."""

import random
import re
from pathlib import Path

import pytest

from mailsim_agents.providers import LlmSettings, Request, Turn, load

DOCS = Path(__file__).parents[3] / "docs" / "personas.md"


async def test_the_provider_of_the_tutorial_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert code
    (tmp_path / "tutorial_provider.py").write_text(code[1], encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    settings = LlmSettings(service="custom", factory="tutorial_provider:Echo", model="echo-1")
    provider = load(settings, random.Random(1))
    answer = await provider.answer(Request("", [Turn("ada", "first\nlast", own=False)], "Hello"))
    assert (answer.text, answer.model) == ("last", "echo-1")
    await provider.close()
