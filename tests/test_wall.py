"""The wall: the post office and the correspondents share SMTP and IMAP, and nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "mailsim": {"mailsim_agents"},
    "agents/mailsim_agents": {"mailsim"},
    "common/mailsim_common": {"mailsim", "mailsim_agents"},
}


def imported(path: Path) -> Iterator[str]:
    """The top-level packages that a file imports, however deep inside it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_import_crosses_the_wall(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    crossing = {str(file): set(imported(file)) & FORBIDDEN[package] for file in files}
    assert not {file: names for file, names in crossing.items() if names}
