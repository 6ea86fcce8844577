"""`make prove`: races and faults at full size, with checkers over the books afterwards."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from prove.addresses import addresses
from prove.audit import audit
from prove.bank import bank
from prove.calls import calls
from prove.checkout import checkout
from prove.enumeration import enumeration
from prove.feeds import feeds
from prove.idempotency import NO_TIME, idempotency
from prove.kill import kill
from prove.last_item import last_item
from prove.limits import limits
from prove.links import links
from prove.lockout import lockout
from prove.many_sockets import sockets
from prove.messages import messages_alone
from prove.negotiation import negotiation
from prove.node import on_a_node
from prove.otp import otp
from prove.payouts import payouts
from prove.promo import promo
from prove.providers import providers
from prove.reconciliation import reconciliation
from prove.refunds import refunds
from prove.sessions import sessions
from prove.timers import timers
from prove.tokens import tokens
from prove.webhooks import webhooks

CAMPAIGNS = (
    "last-item",
    "idempotency",
    "kill",
    "limits",
    "audit",
    "tokens",
    "otp",
    "enumeration",
    "lockout",
    "sessions",
    "messages",
    "feeds",
    "links",
    "timers",
    "negotiation",
    "providers",
    "promo",
    "checkout",
    "payouts",
    "reconciliation",
    "refunds",
    "bank",
    "calls",
    "sockets",
    "webhooks",
    "addresses",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m prove", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("all", *CAMPAIGNS), default="all")
    parser.add_argument("--buyers", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60, help="of capturing, refunding and settling")
    parser.add_argument("--orders", type=int, default=500, help="refunded, cancelled and charged back at once")
    parser.add_argument("--sellers", type=int, default=200, help="who ask for payouts")
    parser.add_argument("--haggles", type=int, default=500, help="rounds of twelve actors on one negotiation")
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--duplicates", type=int, default=32)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--traders", type=int, default=8)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--manipulations", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--visits", type=int, default=10_000, help="sessions of Payme and Click")
    parser.add_argument("--codes", type=int, default=500)
    parser.add_argument("--guesses", type=int, default=200, help="at each code, and refreshes of each session")
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--hostile", type=int, default=10_000, help="failed logins: eight are refused in a second")
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--devices", type=int, default=500, help="that hear messages, each cut ten times")
    parser.add_argument("--rooms", type=int, default=200, help="conversations")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--listings", type=int, default=1_000, help="of each channel that stay, and as many that go")
    parser.add_argument("--walks", type=int, default=20, help="of each list")
    parser.add_argument("--links", type=int, default=100_000, help="wrong ones; one in fifty over HTTP too")
    parser.add_argument("--pending", type=int, default=100_000, help="timers set for later")
    parser.add_argument("--moments", type=int, default=10, help="at which offers expire, one a second")
    parser.add_argument("--worker-kills", type=int, default=2, help="each while offers expire")
    parser.add_argument("--promos", type=int, default=400, help="rounds of a hundred checkouts, a quarter at each cap")
    parser.add_argument("--differences", type=int, default=100, help="planted one by one in the books")
    parser.add_argument("--callers", type=int, default=60, help="who call each other while processes are killed")
    parser.add_argument("--sockets", type=int, default=10_000, help="that sit idle")
    parser.add_argument("--deaf", type=int, default=200, help="sockets that never read")
    parser.add_argument("--idle-seconds", type=float, default=120)
    parser.add_argument("--endpoints", type=int, default=1_000, help="of developers, for webhooks")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    campaigns: dict[str, Callable[[], Coroutine[Any, Any, list[str]]]] = {
        "audit": lambda: audit(chosen.rows, chosen.manipulations, chosen.seed),
        "last-item": lambda: on_a_node(lambda server: last_item(server, chosen.buyers, chosen.rounds)),
        "idempotency": lambda: on_a_node(lambda server: idempotency(server, chosen.keys, chosen.duplicates), **NO_TIME),
        "kill": lambda: kill(chosen.kills, chosen.traders, chosen.seed),
        "limits": lambda: limits(chosen.calls, chosen.seed),
        "tokens": lambda: on_a_node(lambda server: tokens(server, chosen.sessions, chosen.guesses)),
        "otp": lambda: on_a_node(lambda server: otp(server, chosen.codes, chosen.guesses, chosen.seed)),
        "enumeration": lambda: on_a_node(lambda server: enumeration(server, chosen.pairs, chosen.pairs, chosen.seed)),
        "lockout": lambda: on_a_node(lambda server: lockout(server, chosen.hostile)),
        "sessions": lambda: on_a_node(lambda server: sessions(server, chosen.trials)),
        "messages": lambda: on_a_node(
            lambda server: messages_alone(
                server,
                sockets=chosen.devices,
                rooms=chosen.rooms,
                messages=chosen.messages,
                cuts=10,
                kills=16,
                seed=chosen.seed,
            ),
            JOB_WORKERS="2",
        ),
        "feeds": lambda: on_a_node(lambda server: feeds(server, chosen.listings, chosen.walks, chosen.seed)),
        "links": lambda: on_a_node(lambda server: links(server, chosen.links, chosen.links // 50, chosen.seed)),
        "negotiation": lambda: on_a_node(lambda server: negotiation(server, chosen.haggles, chosen.seed)),
        "bank": lambda: on_a_node(lambda server: bank(server, chosen.seconds, chosen.seed, orders=chosen.orders)),
        "refunds": lambda: on_a_node(lambda server: refunds(server, chosen.orders, chosen.seed)),
        "payouts": lambda: on_a_node(lambda server: payouts(server, chosen.sellers, chosen.seed)),
        "providers": lambda: on_a_node(lambda server: providers(server, chosen.visits, chosen.seed)),
        "calls": lambda: on_a_node(
            lambda server: calls(server, chosen.callers, chosen.seconds, 10, chosen.seed), JOB_WORKERS="2"
        ),
        "checkout": lambda: on_a_node(lambda server: checkout(server, buyers=100)),
        "promo": lambda: on_a_node(lambda server: promo(server.admin_dsn, chosen.promos)),
        "sockets": lambda: on_a_node(lambda server: sockets(server, chosen.sockets, chosen.deaf, chosen.idle_seconds)),
        "reconciliation": lambda: on_a_node(
            lambda server: reconciliation(server.admin_dsn, chosen.differences, chosen.seed)
        ),
        "addresses": addresses,
        "webhooks": lambda: on_a_node(
            lambda server: webhooks(server, chosen.endpoints, events=10, kills=3, seed=chosen.seed),
            JOB_WORKERS="2",
            WEBHOOKS_TO_LOOPBACK="true",
        ),
        "timers": lambda: on_a_node(
            lambda server: timers(server, chosen.pending, chosen.moments, chosen.worker_kills), JOB_WORKERS="2"
        ),
    }
    found = []
    for name, campaign in campaigns.items():
        if chosen.what in {name, "all"}:
            found += asyncio.run(campaign())
    for violation in found:
        print(f"  violated: {violation}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
