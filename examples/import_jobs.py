"""Imports job definitions from JSON files: all, or none where one is not valid. Waits for those that run at once.

    API_BASE=http://localhost:8000 API_TOKEN=... python examples/import_jobs.py [FILE.json ...]

Without arguments it takes examples/jobs/*.json. The token decides the domain. A file holds one definition.
Ends with 0 when all were imported, whatever came of their runs, else with 2.
"""

import glob
import os

from hydra_api import Refusal, call, first_run, planned, read_definition, runs_at_once, script, show, submit

JOBS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jobs", "*.json")


def faults_in(files, definitions):
    """What the server has against the definitions, a line each."""
    faults = []
    for file, definition in zip(files, definitions):
        if not isinstance(definition, dict):
            faults.append("%s: a definition is a JSON object" % file)
            continue
        verdict = call("POST", "/jobs/validate", definition)
        faults += ["%s: %s" % (file, error) for error in verdict["errors"]]
        for warning in verdict["warnings"]:
            print("%s: warning: %s" % (os.path.basename(file), warning))
    return faults


def main(arguments):
    files = arguments or sorted(glob.glob(JOBS))
    definitions = [read_definition(file) for file in files]
    faults = faults_in(files, definitions)
    if faults:
        raise Refusal("\n".join(["Nothing was imported:"] + faults))
    jobs = []
    for file, definition in zip(files, definitions):
        job = submit(definition)
        jobs.append(job)
        print("%s is %s" % (os.path.basename(file), job["_id"]), flush=True)
    for job in jobs:
        if runs_at_once(job):
            show(job, first_run(job))
        else:
            print("%s: %s" % (job["name"], planned(job)))
    return 0


script(main)
