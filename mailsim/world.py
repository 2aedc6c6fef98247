"""A world on disk: making one, and adding a person to it."""

import json
import shutil
from pathlib import Path

import yaml

from mailsim.config import NAME, PostOffice, World, load_world
from mailsim.errors import WorldError
from mailsim.store.files import replace
from mailsim_common.errors import ConfigError
from mailsim_common.settings import build
from mailsim_common.yamlfile import parse, scalar

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
    if name in world.cast or name in world.office.people or name == world.office.archive:
        raise WorldError(f"`{name}` is somebody's account already")
    if not NAME.fullmatch(name):
        raise WorldError(
            f"`{name}`: an account is written with small letters and digits, and single . _ - between them"
        )
    path = world.root / "config" / "mailsim.yaml"
    text = _with_person(path.read_text(encoding="utf-8"), name, language)
    try:
        _ = build(parse(text, path), PostOffice, {}).people[name]
    except (ConfigError, KeyError) as error:
        raise WorldError(f"{path}: write `{name}: {{}}` below `people:` by hand; the file's form is unusual") from error
    replace(path.resolve(), text)
    return load_world(world.root)


def _with_person(text: str, name: str, language: str | None) -> str:
    """`text` with an entry at the end of its block `people:`."""
    entry = f"{_quoted(name)}: " + (f"{{language: {_quoted(language)}}}" if language else "{}")
    root = yaml.compose(text, yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    block = next((value for key, value in pairs if key.value == "people"), None)
    if block is None:
        return text + ("" if text.endswith("\n") or not text else "\n") + f"\npeople:\n  {entry}\n"
    if not isinstance(block, yaml.MappingNode) or not block.value:  # `people: {}` or nothing after the colon
        start, end = block.start_mark.index, block.end_mark.index
        return f"{text[:start].rstrip(' ')}\n  {entry}{text[end:]}"
    end = _last(block).end_mark.index
    cut = end if text[:end].endswith("\n") else text.find("\n", end) + 1 or len(text)
    head = text[:cut] if text[:cut].endswith("\n") else text[:cut] + "\n"
    return f"{head}{' ' * block.value[0][0].start_mark.column}{entry}\n{text[cut:]}"


def _quoted(word: str) -> str:
    """`word` as YAML reads it back, for example `"007"`."""
    return word if word.isidentifier() and scalar(word) == word else json.dumps(word, ensure_ascii=False)


def _last(node: yaml.Node) -> yaml.Node:
    """The last word of a block; where the block itself ends, comments of what follows may stand before it."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last if isinstance(last, yaml.Node) else last[1]
    return node
