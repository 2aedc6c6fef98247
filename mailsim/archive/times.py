"""Times as people read them. English and without the locale, so that a transcript is the same everywhere."""

from datetime import datetime, timedelta

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(moment: datetime) -> str:
    """`21 Nov 2026`."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def clock(moment: datetime) -> str:
    """`06:23:55`."""
    return f"{moment:%H:%M:%S}"


def moment(when: datetime) -> str:
    """`21 Nov 2026, 06:23:55`."""
    return f"{day(when)}, {clock(when)}"


def span(time: timedelta) -> str:
    """A length of time in its one or two largest units: `40 ms`, `0.4 s`, `12 s`, `3 min`, `2 h 5 min`, `3 d 4 h`."""
    seconds = max(time.total_seconds(), 0.0)
    if seconds < 0.095:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
