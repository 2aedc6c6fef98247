"""Rows of the table, and how they are told."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Row:
    """One line: what was done, each server's number, and whether ours is where it shall be."""

    title: str
    unit: str
    numbers: dict[str, float]
    target: str
    reached: bool

    def ratio(self) -> float | None:
        """Ours over Dovecot's."""
        if not self.numbers.get("Dovecot"):
            return None
        return self.numbers["mailsim"] / self.numbers["Dovecot"]


@dataclass
class Report:
    """All rows of a run, and the machine it ran on."""

    messages: int
    rows: list[Row] = field(default_factory=list)

    def add(self, title: str, unit: str, numbers: dict[str, float], target: str, reached: bool) -> None:
        self.rows.append(Row(title, unit, numbers, target, reached))

    def within(self, title: str, seconds: dict[str, float], times: float) -> None:
        """A duration that may be `times` Dovecot's."""
        reached = "Dovecot" not in seconds or seconds["mailsim"] <= times * seconds["Dovecot"]
        self.add(title, "ms", {name: value * 1000 for name, value in seconds.items()}, f"<= {times:g} x", reached)

    def below(self, title: str, unit: str, numbers: dict[str, float], limit: float) -> None:
        """A number of ours that has a limit of its own."""
        self.add(title, unit, numbers, f"<= {limit:g} {unit}", numbers["mailsim"] <= limit)

    def tell(self, title: str, unit: str, numbers: dict[str, float]) -> None:
        """Numbers that nothing was promised of."""
        self.add(title, unit, numbers, "", True)

    def data(self) -> dict[str, object]:
        return {"machine": machine(), "messages": self.messages, "rows": [asdict(row) for row in self.rows]}

    def markdown(self) -> str:
        servers = list(dict.fromkeys(name for row in self.rows for name in row.numbers))
        head = ["", *servers, "ratio", "to reach", ""]
        lines = [head, ["---"] + ["---:"] * (len(servers) + 1) + ["---"] * 2]
        lines += [
            [
                row.title,
                *(_number(row, name) for name in servers),
                _ratio(row),
                row.target,
                _verdict(row),
            ]
            for row in self.rows
        ]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(row: Row, server: str) -> str:
    if server not in row.numbers:
        return "-"
    value = row.numbers[server]
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f} {row.unit}"


def _verdict(row: Row) -> str:
    return ("yes" if row.reached else "NO") if row.target else ""


def _ratio(row: Row) -> str:
    ratio = row.ratio()
    return "" if ratio is None else f"{ratio:.2f}"


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def machine() -> str:
    """`4 x AMD EPYC, Linux 6.1, Python 3.11.7`"""
    system = f"{platform.system()} {platform.release()}"
    return f"{os.cpu_count()} x {_processor()}, {system}, Python {platform.python_version()}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
