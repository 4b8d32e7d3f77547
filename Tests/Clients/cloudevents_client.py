"""The CloudEvents SDK for Python sends events in each mode, and reads what comes back.

    cloudevents_client.py URL
"""

import datetime
import json
import sys

import requests
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_structured_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent

url = sys.argv[1]


def event(number, **more):
    attributes = {
        "id": f"py-{number}",
        "source": "/python",
        "type": "user.registered",
        "time": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
        "datacontenttype": "application/json",
    }
    data = {"name": "Ærø \"Ada\"", "email": f"py{number}@users.example", "authMethod": "google"}
    return CloudEvent(attributes | more, data)


def send(message, status):
    answer = requests.post(f"{url}/v1/events", headers=message.headers, data=message.body, timeout=20)
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.json()


def batch(events):
    bodies = [to_structured_event(one).body for one in events]
    return HTTPMessage({"content-type": "application/cloudevents-batch+json"}, b"[" + b",".join(bodies) + b"]")


# Structured: new, then there already; with other content a conflict.
sent = event(1, actor="tester", correlationid="c-1")
first = send(to_structured_event(sent), 201)
assert send(to_structured_event(sent), 200)["position"] == first["position"]
other = CloudEvent(sent.get_attributes(), sent.get_data() | {"name": "somebody else"})
assert send(to_structured_event(other), 409)["status"] == 409

# Binary: the attributes as headers, percent-encoded, the data as the body.
binary = send(to_binary_event(event(2, actor="Grüße % \"x\"")), 201)
assert binary["position"] == first["position"] + 1

# The same event in another mode is the same event.
assert send(to_structured_event(event(2, actor="Grüße % \"x\"")), 200)["duplicate"] is True

# Batched: all or nothing.
receipts = send(batch([event(3), event(4)]), 201)["receipts"]
assert [receipt["position"] for receipt in receipts] == [binary["position"] + 1, binary["position"] + 2]
bad = CloudEvent(event(5).get_attributes(), {"name": "no address", "authMethod": "google"})
problem = send(batch([event(6), bad]), 422)
assert problem["errors"][0]["index"] == 1 and problem["errors"][0]["field"] == "email", problem

# What the log gives back, the SDK reads.
lines = requests.get(
    f"{url}/v1/events",
    params={"after": first["position"] - 1},
    headers={"accept": "application/x-ndjson"},
    timeout=20,
).text.splitlines()
structured = {"content-type": "application/cloudevents+json"}
read = [from_structured_event(HTTPMessage(structured, line.encode())) for line in lines]
assert [one.get_id() for one in read] == ["py-1", "py-2", "py-3", "py-4"], [one.get_id() for one in read]
for one, sent in zip(read, [event(1), event(2), event(3), event(4)]):
    assert one.get_source() == "/python" and one.get_type() == "user.registered"
    assert one.get_data()["email"] == sent.get_data()["email"] and one.get_data()["name"] == sent.get_data()["name"]
    assert one.get_time() == sent.get_time()
assert read[0].get_extension("actor") == "tester" and read[0].get_extension("correlationid") == "c-1"
assert read[1].get_extension("actor") == "Grüße % \"x\"", read[1].get_extension("actor")
print(json.dumps({"events": len(read)}))
