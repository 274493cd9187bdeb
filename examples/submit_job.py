"""Submits one job, waits for its first run and prints what came of it.

    API_BASE=http://localhost:8000 API_TOKEN=... python examples/submit_job.py [DEFINITION.json]

Ends with 0 when the run succeeded, 1 when it did not, 2 when there was none.
"""

from hydra_api import first_run, planned, read_definition, runs_at_once, script, show, submit

HELLO = {
    "name": "test-echo",
    "user": "rich",
    "affinity": {"os": [], "tags": [], "allowed_users": ["rich"]},
    "executor": {"type": "shell", "script": "echo 'hello world'", "shell": "bash"},
    "completion": {"stdout_contains": ["hello"]},
    "timeout": 10,
}


def main(arguments):
    job = submit(read_definition(arguments[0]) if arguments else HELLO)
    print("submitted %s as %s" % (job["name"], job["_id"]), flush=True)
    if not runs_at_once(job):
        print("its next run is %s" % planned(job))
        return 0
    run = first_run(job)
    show(job, run)
    return 0 if run["status"] == "success" else 1


script(main)
