"""The floor: a Bolt app that only acks, or acks after one query, served as ours is.

Run as `python -m tests.bench.bare PORT DATABASE_URL`.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import waitress
from flask import Flask, request
from slack_bolt import Ack, App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import select

from bot.database import make_engine, make_sessions
from services.desk import Sessions
from services.store.exchange import Integration

SECRET = "bench-secret"
QUERY = "query"  # the text that asks for one: an employer's 20 integrations


def make(sessions: Sessions) -> Flask:
    app = App(
        signing_secret=SECRET,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-bare"),
        process_before_response=True,
        listener_executor=ThreadPoolExecutor(32),
    )

    @app.command("/carrier-status")
    def carrier_status(ack: Ack, command: dict[str, str]) -> None:
        if command["text"] == QUERY:
            with sessions.read() as session:
                session.scalars(select(Integration).where(Integration.employer_id == 1)).all()
        ack("ok")

    web = Flask(__name__)
    handler = SlackRequestHandler(app)
    web.post("/slack/events")(lambda: handler.handle(request))
    return web


if __name__ == "__main__":
    sessions = make_sessions(make_engine(sys.argv[2]))
    waitress.serve(make(sessions), host="127.0.0.1", port=int(sys.argv[1]), threads=32)
