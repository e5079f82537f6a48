"""Publishes through a real gateway, and prints the results as JSON."""

import dataclasses
import json
import os

from centrifugo_rpc import Publisher

publisher = Publisher(os.environ["WRAPPER_URL"], os.environ["WRAPPER_API_KEY"])
other = Publisher(os.environ["WRAPPER_URL"], "another key")
results = [
    publisher.publish("events:python", {"n": 1}, idempotency_key="first"),
    publisher.publish_with_ack("events:python", {"n": 2}, acks="all", timeout=30),
    publisher.publish_with_ack("events:nobody", {"n": 3}, timeout=0.05),
    *publisher.broadcast(["events:python", "nowhere:x"], {"n": 4}),
    other.publish("events:python", {"n": 5}),
]
print(json.dumps([dataclasses.asdict(result) for result in results]))
