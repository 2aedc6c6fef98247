"""Where the archive's messages lie: files of a Maildir whose names keep their first part and change their flags."""

from pathlib import Path


def base_name(file: str) -> str:
    """The part of a Maildir file name that never changes: what stands before `:2,` and the flags."""
    return file.partition(":")[0]


def message_files(maildir: Path) -> dict[str, Path]:
    """Every message of a Maildir, by base name. A Maildir that isn't there yet has none."""
    found: dict[str, Path] = {}
    for folder in ("new", "cur"):  # in this order: a file that moves meanwhile is then seen at least once
        if (maildir / folder).is_dir():
            found |= {
                base_name(path.name): path for path in (maildir / folder).iterdir() if not path.name.startswith(".")
            }
    return found


def find_message(maildir: Path, base: str) -> Path | None:
    """The file of one message, looked for first where a message nobody has opened lies."""
    fresh = maildir / "new" / base
    return fresh if fresh.exists() else message_files(maildir).get(base)
