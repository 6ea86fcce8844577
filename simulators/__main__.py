"""`python -m simulators stripe --port 12111 --script faults.json --webhook http://localhost:8000/api/v1/...`."""

import argparse
import asyncio
from pathlib import Path

from simulators.faults import script
from simulators.stripe import StripeSimulator, running

DELIVER_EVERY = 0.2
"""Seconds."""


async def _stripe(given: argparse.Namespace) -> None:
    faults = script(given.script) if given.script else []
    stripe = StripeSimulator(
        seed=given.seed, faults=faults, webhook_url=given.webhook, webhook_secrets=given.webhook_secret
    )
    async with running(stripe, given.port):
        print(f"Stripe answers on {stripe.origin}: start the service with STRIPE_API_BASE={stripe.origin}", flush=True)
        while True:
            await stripe.outgoing.deliver()
            await asyncio.sleep(DELIVER_EVERY)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    providers = parser.add_subparsers(dest="provider", required=True)
    stripe = providers.add_parser("stripe")
    stripe.add_argument("--port", type=int, default=12_111, help="0 for any that is free")
    stripe.add_argument("--script", type=Path, help="a JSON file of faults (simulators/faults.py)")
    stripe.add_argument("--seed", type=int, help="the same ids and faults each time")
    stripe.add_argument("--webhook", default="", help="where events are posted to")
    stripe.add_argument("--webhook-secret", action="append", default=[], help="may be given more than once")
    given = parser.parse_args()
    try:
        asyncio.run(_stripe(given))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
