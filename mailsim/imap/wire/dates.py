"""Dates of the grammar: `date` in SEARCH, `date-time` in APPEND and INTERNALDATE (RFC 3501 section 9).

Written out because strftime's month names follow the machine's language.
"""

import re
from datetime import date, datetime, timedelta, timezone

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NUMBERS = {name.lower(): number for number, name in enumerate(MONTHS, 1)}
DATE = re.compile(rb'("?)(\d{1,2})-([A-Za-z]{3})-(\d{4})\1')
DATE_TIME = re.compile(rb'"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', re.ASCII)


def read_date(match: re.Match[bytes]) -> date:
    """A match of DATE; raises ValueError for a day that no calendar has."""
    return date(int(match[4]), _month(match[3]), int(match[2]))


def read_date_time(match: re.Match[bytes]) -> datetime:
    """A match of DATE_TIME, aware of its zone; raises ValueError for a moment that no clock shows."""
    offset = timedelta(hours=int(match[8]), minutes=int(match[9]))
    zone = timezone(-offset if match[7] == b"-" else offset)
    day, year, hour, minute, second = (int(match[group]) for group in (1, 3, 4, 5, 6))
    return datetime(year, _month(match[2]), day, hour, minute, second, tzinfo=zone)


def write_date(day: date) -> str:
    return f"{day.day}-{MONTHS[day.month - 1]}-{day.year:04}"


def write_date_time(moment: datetime) -> str:
    """An aware moment, quotes included: `" 1-Feb-2024 08:30:00 +0100"`."""
    offset = moment.utcoffset() or timedelta()
    minutes = abs(offset) // timedelta(minutes=1)
    sign = "-" if offset < timedelta() else "+"
    return (
        f'"{moment.day:2}-{MONTHS[moment.month - 1]}-{moment.year:04} {moment:%H:%M:%S} '
        f'{sign}{minutes // 60:02}{minutes % 60:02}"'
    )


def _month(name: bytes) -> int:
    number = NUMBERS.get(name.decode().lower())
    if number is None:
        raise ValueError("no such month")
    return number
