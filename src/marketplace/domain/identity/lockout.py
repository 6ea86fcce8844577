"""How many failed sign-ins are borne (feature ID-11)."""

from datetime import timedelta

FAILURES = 5
"""From one place, before it is locked."""

LOCK = timedelta(minutes=30)
"""From the last failure that was looked at."""

FAILURES_IN_ALL = 100
"""From all places that are not known devices, before only those are let in until the password is reset."""
