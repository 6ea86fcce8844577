class Readiness:
    """`draining` from SIGTERM on: this process finishes what it has and wants no more."""

    draining = False
