"""The Date field (RFC 5322 section 3.3), as it was written by whoever wrote it."""

import email.utils
from datetime import UTC, datetime, timedelta, timezone

from mailsim.mime.part import Part


def sent_date(part: Part) -> datetime | None:
    """The time of the Date field, aware of its zone, None if there is none that can be read.

    SENTON and its like compare the date as written, whatever the zone: `.date()` (RFC 3501 section 6.4.4). SORT
    compares the moment: the datetime itself; an unknown zone counts as UTC (RFC 5256 section 2.2).
    """
    value = part.first(b"date")
    fields = email.utils.parsedate_tz(value.decode("latin-1")) if value else None
    if fields is None:
        return None
    try:
        zone = timezone(timedelta(seconds=fields[9])) if fields[9] else UTC
        return datetime(*fields[:5], min(fields[5], 59), tzinfo=zone)
    except (ValueError, OverflowError):
        return None
