"""A world on disk: making one, and adding a person to it."""

import re
import shutil
from pathlib import Path

import yaml

from mailsim.config import PostOffice, World, load_world
from mailsim.errors import WorldError
from mailsim_common.settings import build
from mailsim_common.yamlfile import parse

PACKED = Path(__file__).parent / "world"  # in a wheel; in the repository its root is the template
TEMPLATE = PACKED if PACKED.is_dir() else Path(__file__).parent.parent


def make(root: Path) -> World:
    """Make a world in `root`, which may exist but must not hold one; raises WorldError."""
    parts = ("config", "personas")
    if there := next((root / part for part in parts if (root / part).exists()), None):
        raise WorldError(f"{there} is there already; name a new folder, or start it with: mailsim up -w {root}")
    for part in parts:
        shutil.copytree(TEMPLATE / part, root / part)
    (root / "mailboxes").mkdir(exist_ok=True)
    if not (root / ".gitignore").exists():
        (root / ".gitignore").write_text(".mailsim/\nmailboxes/\n", encoding="utf-8")
    return load_world(root)


def add_person(world: World, name: str, language: str | None) -> World:
    """Write a person into `config/mailsim.yaml`, leaving every comment where it was; raises WorldError."""
    if name in world.cast or name == world.office.archive:
        raise WorldError(f"`{name}` is somebody else's account already")
    path = world.root / "config" / "mailsim.yaml"
    text = _with_person(path.read_text(encoding="utf-8"), name, language)
    office = build(parse(text, path), PostOffice, {})
    if name not in office.people:
        raise WorldError(f"{path}: write `{name}: {{}}` below `people:` by hand; the file's form is unusual")
    path.write_text(text, encoding="utf-8")
    return load_world(world.root)


def _with_person(text: str, name: str, language: str | None) -> str:
    """`text` with an entry at the end of its block `people:`."""
    entry = f"  {name}: {{language: {language}}}\n" if language else f"  {name}: {{}}\n"
    root = yaml.compose(text, yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    block = next((value for key, value in pairs if key.value == "people"), None)
    if block is None:
        return text + ("" if text.endswith("\n") or not text else "\n") + "\npeople:\n" + entry
    if not block.value:  # `people: {}` or nothing after the colon
        start, end = block.start_mark.index, block.end_mark.index
        return text[:start].rstrip(" ") + "\n" + entry.rstrip("\n") + text[end:]
    last = block.value[-1][1].end_mark
    cut = last.index if text[: last.index].endswith("\n") else text.find("\n", last.index) + 1 or len(text)
    head = text[:cut] if text[:cut].endswith("\n") else text[:cut] + "\n"
    return head + _indented(entry, block.start_mark.column) + text[cut:]


def _indented(entry: str, column: int) -> str:
    return re.sub("^ *", " " * column, entry)
