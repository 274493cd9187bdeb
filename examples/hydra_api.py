"""What the Python examples share: the API with nothing but the standard library. Python 3.8 or later.

API_BASE says where the server is (http://localhost:8000), API_TOKEN is a token of it.
"""

import http.client
import json
import os
import shlex
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

FINAL = ("success", "failed", "timed_out", "cancelled")

# Seconds: for one answer, until a run that has not started is explained, and until nobody waits for it any more.
PATIENCE = 30
EXPLAIN_AFTER = 5
GIVE_UP_AFTER = 120


class Refusal(Exception):
    """What cannot go on, as a sentence for the one who started the script."""


def api_base():
    return (os.environ.get("API_BASE") or "http://localhost:8000").rstrip("/")


def api_token():
    token = os.environ.get("API_TOKEN", "").strip()
    if not token:
        raise Refusal(
            "API_TOKEN is not set. `hydra up` keeps its admin token in a file and prints where: "
            "export API_TOKEN=$(cat ~/.local/share/hydra-jobs/admin_token)"
        )
    return token


def call(method, path, body=None):
    """One request; the JSON that it answers. Raises Refusal where it does not."""
    headers = {"x-api-key": api_token(), "accept": "application/json"}
    data = None
    if body is not None:
        data = json.dumps(body).encode("utf-8")
        headers["content-type"] = "application/json"
    try:
        request = urllib.request.Request(api_base() + path, data=data, headers=headers, method=method)
        with _opener().open(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refusal(_problem(error)) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise Refusal(
            "No hydra-jobs server answers at %s (%s). Start one with `npm start`, or set API_BASE." % (api_base(), reason)
        ) from None


def _opener():
    # A proxy of the environment leads elsewhere than to this machine.
    host = urllib.parse.urlsplit(api_base()).hostname
    own = host in ("localhost", "127.0.0.1", "::1")
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if own else []))


def _problem(error):
    """The sentence of an error answer (RFC 9457), and every fault of a definition on a line of its own."""
    if error.code == 401:
        return "The server at %s does not know this API_TOKEN." % api_base()
    try:
        problem = json.load(error)
        faults = ["  %s: %s" % (fault["path"], fault["message"]) for fault in problem.get("errors", [])]
        return "\n".join(["Refused with %d: %s" % (error.code, problem["detail"])] + faults)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "Refused with %d: %s" % (error.code, error.reason)


def submit(definition):
    """Stores a definition; the job."""
    return call("POST", "/jobs/", definition)


def removal(job):
    """The command that deletes a job, for a shell that has the token in API_TOKEN."""
    return 'curl -X DELETE -H "x-api-key: $API_TOKEN" %s' % shlex.quote("%s/jobs/%s" % (api_base(), job["_id"]))


def first_run(job):
    """The first run of a job that runs at once, when it has ended."""
    runs = "/jobs/%s/runs?order=asc&limit=1" % job["_id"]
    began = time.monotonic()
    explained = False
    while True:
        found = call("GET", runs)
        run = found[0] if found else None
        if run and run["status"] in FINAL:
            # In lists the output is cut to its end.
            return call("GET", "/runs/%s" % run["_id"])
        waited = time.monotonic() - began
        if run and run["status"] == "pending" and waited > EXPLAIN_AFTER and not explained:
            explained = True
            print("%s waits: %s" % (job["name"], call("GET", "/runs/%s/explain" % run["_id"])["summary"]), flush=True)
        if waited > GIVE_UP_AFTER:
            status = run["status"] if run else "not there"
            raise Refusal("%s is still %s after %d s. It goes on without us." % (job["name"], status, GIVE_UP_AFTER))
        time.sleep(0.2)


def show(job, run):
    """Prints what came of a run."""
    lasted = "" if run["duration"] is None else ", %.1f s" % run["duration"]
    print("%s: %s (%s%s)" % (job["name"], run["status"], run["completion_reason"], lasted))
    for stream in ("stdout", "stderr"):
        for line in run[stream].splitlines():
            print("    %s| %s" % ("" if stream == "stdout" else "stderr ", line))
    sys.stdout.flush()


def runs_at_once(job):
    """Whether a job runs now: a cron job, one that begins later and one that is paused do not."""
    schedule = job["schedule"]
    return schedule["enabled"] and schedule["mode"] != "cron" and not schedule["start_at"]


def planned(job):
    """When a job that does not run now runs next, in words."""
    at = job["schedule"]["next_run_at"]
    return "not planned" if at is None else "planned for %s" % at


def read_definition(path):
    """A definition in a JSON file."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise Refusal("%s cannot be read: %s." % (path, error.strerror)) from None
    except ValueError as error:
        raise Refusal("%s is not JSON: %s." % (path, error)) from None


def script(main):
    """Runs a script: its answer is the exit code; a refusal is one sentence on standard error and 2."""
    try:
        sys.exit(main(sys.argv[1:]))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("Interrupted; what was submitted goes on.", file=sys.stderr)
        sys.exit(130)
