"""What STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET and STRIPE_API_BASE must be, alone and together."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from marketplace.entrypoints.wiring import values
from marketplace.entrypoints.wiring.reader import Problem
from marketplace.entrypoints.wiring.values import Secret

KEY, WEBHOOK, BASE, LOG = "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE", "STRIPE_LOG"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def webhook_secrets(stripe: Mapping[str, Secret]) -> list[str]:
    """While one is replaced by the next both are good."""
    return [one.strip() for one in stripe.get(WEBHOOK, Secret()).reveal().split(",") if one.strip()]


def stripe_problems(stripe: Mapping[str, Secret]) -> list[Problem]:
    """Without a key Stripe is not offered, and the others are pointless."""
    found = []
    if LOG in stripe:
        found.append(Problem(LOG, "would write what payers send into the logs", f"unset {LOG}"))
    for given, missing in ((KEY, WEBHOOK), (WEBHOOK, KEY), (BASE, KEY)):
        if given in stripe and missing not in stripe:
            found.append(Problem(missing, f"is missing beside {given}", "copy it from Stripe's dashboard"))
    if KEY in stripe and not stripe[KEY].reveal().startswith(("sk_", "rk_")):
        found.append(Problem(KEY, "is not a secret key", f"for example {KEY}=sk_test_..."))
    secrets = webhook_secrets(stripe)
    if WEBHOOK in stripe and not (secrets and all(one.startswith("whsec_") for one in secrets)):
        wrong = "is not the signing secret of a webhook endpoint, nor several joined by commas"
        found.append(Problem(WEBHOOK, wrong, f"for example {WEBHOOK}=whsec_..."))
    if BASE in stripe and not _is_origin(stripe[BASE].reveal()):
        wrong = "is not an origin that begins with https:// (or http:// on this machine)"
        found.append(Problem(BASE, wrong, f"for example {BASE}=http://localhost:12111"))
    return list({problem.name: problem for problem in found}.values())


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(values.public_url(text))
    except ValueError:
        return False
    return parts.scheme == "https" or parts.hostname in LOOPBACK
