"""The floor: a Bolt app that only acks, in the same server and with the same flag as ours.

Run as `python -m tests.bench.bare PORT`.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import waitress
from flask import Flask, request
from slack_bolt import Ack, App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult

SECRET = "bench-secret"


def make() -> Flask:
    app = App(
        signing_secret=SECRET,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-bare"),
        process_before_response=True,
        listener_executor=ThreadPoolExecutor(32),
    )

    @app.command("/carrier-status")
    def carrier_status(ack: Ack) -> None:
        ack("ok")

    web = Flask(__name__)
    handler = SlackRequestHandler(app)
    web.post("/slack/events")(lambda: handler.handle(request))
    return web


if __name__ == "__main__":
    waitress.serve(make(), host="127.0.0.1", port=int(sys.argv[1]), threads=32)
