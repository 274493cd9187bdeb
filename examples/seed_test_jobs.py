"""Smoke test: a quick shell job, a long-running one, a failing one, a Python one and a cron one, and what comes of them.

    API_BASE=http://localhost:8000 API_TOKEN=... python examples/seed_test_jobs.py

Ends with 0 when every job came out as it is meant to, the failing one failed included, else with 1.
"""

import os

from hydra_api import first_run, planned, read_definition, removal, script, show, submit

JOBS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jobs")

# Each with the status that its first run is meant to have; None: it is planned for later.
SMOKE = (
    ("quick_shell", "success"),
    ("long_shell", "success"),
    ("failing", "failed"),
    ("python", "success"),
    ("cron", None),
)


def main(_arguments):
    jobs = []
    for name, meant in SMOKE:
        job = submit(read_definition(os.path.join(JOBS, name + ".json")))
        jobs.append((job, meant))
        print("submitted %s as %s" % (job["name"], job["_id"]), flush=True)
    wrong = [job["name"] for job, meant in jobs if not came_out(job, meant)]
    if wrong:
        print("Not as meant: %s" % ", ".join(wrong))
        return 1
    goes_on = jobs[-1][0]
    print("All %d jobs came out as meant. %s goes on; when you have seen enough:" % (len(jobs), goes_on["name"]))
    print("    %s" % removal(goes_on))
    return 0


def came_out(job, meant):
    """Waits for the first run, shows it, and says whether it is as meant."""
    if meant is None:
        print("%s: %s" % (job["name"], planned(job)))
        return job["schedule"]["next_run_at"] is not None
    run = first_run(job)
    show(job, run)
    return run["status"] == meant


script(main)
