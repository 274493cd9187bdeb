#!/usr/bin/env python3
"""A worker of one's own for hydra-jobs, over Redis: runs shell jobs on Linux. Needs redis-py.
docs/worker-protocol.md says what a worker must do.

It is one loop: it looks at its jobs (job.py), sends letters again until they are answered, reads the answers (mail.py), beats,
and claims what it has room for. A guard (guard.py), a process of its own, looks at the deadlines meanwhile: it KILLs the process group of a
job whose time is over, and of every job when the lease or the worker is gone. It holds the lock of the state folder with the
worker, so that the next life under this id begins when all children of the last are gone; that life takes the session over by
the secret that lies there.

It leaves out what it may: a restart does not go on with what ran, output waits in memory, there is no TERM before the KILL,
no renewal over HTTP while Redis is away, and no cut at `log_limit`. A job's child that makes a session of its own is beyond it.

    REDIS_URL=redis://localhost:6379/0 WORKER_DOMAIN=prod WORKER_DOMAIN_TOKEN=... WORKER_ID=mine python3 worker.py
"""
import hashlib, json, os, pathlib, platform, signal, socket, sys, time

import redis
from guard import Guard, boot, own_state
from job import Job, now
from mail import Mail, Refused

DOMAIN = os.environ.get("WORKER_DOMAIN", "prod")
WORKER = os.environ.get("WORKER_ID", "own-" + socket.gethostname())
SLOTS = int(os.environ.get("MAX_CONCURRENCY", "2"))
DRAIN = float(os.environ.get("DRAIN_SECONDS", "30"))  # What runs at a SIGTERM has so long to end.
STATE = pathlib.Path(os.environ.get("STATE_DIR") or pathlib.Path.home() / ".hydra-own-worker" / DOMAIN / WORKER)
PASSING = ("CONFLICT", "UNAVAILABLE", "INTERNAL", "TOO_MANY")  # Refusals that a later try may not meet.
# A Redis that hangs must not be waited on without end.
db = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True,
                          socket_timeout=3, socket_connect_timeout=3)
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()


class Worker:
    def __init__(self, token, secret, guard):
        self.guard, self.token_hash, self.secret_hash = guard, sha(token), sha(secret)
        self.session, self.state, self.ttl, self.deadline, self.leaving = None, "online", 0, 0, 0
        self.jobs, self.known = {}, set()  # By (run id, token); those that ever were.
        self.mail = Mail(db, DOMAIN, WORKER, lambda one: self.end(one, "cancel"))

    def register(self):
        sent, before = boot(), self.session
        card = {"domain": DOMAIN, "worker_id": WORKER, "os": platform.system().lower(), "tags": ["own"], "allowed_users": [],
                "queues": ["default"], "hostname": socket.gethostname(), "ip": "127.0.0.1", "subnet": "127.0.0", "deployment_type": "own",
                "capabilities": ["shell"], "max_concurrency": SLOTS, "kill_level": "group", "run_user": str(os.getuid()),
                "cpu_count": os.cpu_count() or 1, "python_version": platform.python_version(), "cwd": os.getcwd(),
                "version": "own-1", "ttl": None, "first_state": "online"}
        answer = self.mail.ask("register", card=card, secret_hash=self.secret_hash, token_hash=self.token_hash)
        self.session, self.state, self.ttl = answer["session"], answer["state"], answer["ttl"] / 1000
        if self.session != before:
            self.end_all("stop")  # Of another session: they are given to others by now.
        self.renewed(sent)
        print(f"registered as {WORKER}, session {self.session}", flush=True)

    def renewed(self, sent):
        """The deadline moves to when this was *sent*, plus the TTL, less 3 s."""
        self.deadline = sent + self.ttl - 3
        self.guard.lease(self.deadline)

    def beat(self):
        sent = boot()
        if self.mail.call("renew", self.session, now()) != 1:
            return self.register()
        self.renewed(sent)  # It counts, also if no scheduler has something to say.
        self.mail.write("renew", self.heard, session=self.session, leaving=bool(self.leaving),
                   held=[{"run_id": run_id, "token": token} for run_id, token in self.jobs])

    def heard(self, answer):
        """Does what the answer to a renewal says; a refused one is followed by a beat that is refused."""
        said = answer.get("ok", {"state": self.state, "cancel": [], "forget": [], "again": []})
        self.state = said["state"]
        for cause, held in (("cancel", said["cancel"]), ("stop", said["forget"])):
            for one in held:
                self.end(one, cause)
        for grant in said["again"]:
            self.take(grant)

    def claim(self):
        free = SLOTS - len(self.jobs)
        if self.session and free > 0 and self.state == "online" and not self.leaving:
            grants = self.mail.call("claim", self.session, free, now())
            for grant in grants if isinstance(grants, list) else []:
                self.take(json.loads(grant))

    def take(self, grant):
        key = (grant["run_id"], grant["token"])
        if key not in self.known:  # A token starts one process at most, however often its grant comes.
            self.known.add(key)
            self.jobs[key] = Job(self, grant)

    def attend(self):
        """Lets the jobs go on, and tells what they have to say, a few in one letter."""
        for job in self.jobs.values():
            job.go_on()
        unsaid = [job.unsaid for job in self.jobs.values() if job.unsaid][:8]
        if unsaid and "report" not in self.mail.letters:
            self.mail.write("report", self.stored, session=self.session, reports=unsaid)

    def stored(self, answer):
        """Whoever says stale has given the run to another, and what runs ends. What was refused is told again."""
        if "error" in answer:
            return time.sleep(0.5)
        for ack in answer["ok"]["acks"]:
            job = self.jobs.pop((ack["run_id"], ack["token"]))
            if ack["verdict"] == "stale":
                job.end("stop")
            if not job.unsaid["ended"]:
                self.jobs[job.key] = job  # Now the last: they take turns.
            job.unsaid = None

    def end(self, one, cause):
        if job := self.jobs.get((one["run_id"], one["token"])):
            job.end(cause)

    def end_all(self, cause):
        for job in self.jobs.values():
            job.end(cause)

    def work(self):
        beat = 0
        while not self.leaving or self.jobs:
            try:
                self.attend()
                if boot() - beat > 2:
                    beat = boot()
                    self.beat() if self.session else self.register()
                self.claim()
                self.mail.post()
            except (redis.RedisError, TimeoutError, Refused) as error:
                if isinstance(error, Refused) and not str(error).startswith(PASSING):
                    raise  # It will be the same next time.
                print(f"waiting: {error}", flush=True)
                time.sleep(0.5)
            if self.leaving and boot() > self.leaving + DRAIN:
                self.end_all("stop")
        if self.session:
            self.mail.ask("goodbye", session=self.session)

    def leave(self, *_):
        """A first SIGTERM lets what runs end, for a while; a second one ends it."""
        if self.leaving:
            sys.exit(1)
        self.leaving = boot()


def main():
    token = os.environ.get("WORKER_DOMAIN_TOKEN") or sys.exit("WORKER_DOMAIN_TOKEN must be a token of the domain.")
    lock, secret = own_state(STATE)
    guard, worker = Guard(lock), None
    try:
        worker = Worker(token, secret, guard)
        signal.signal(signal.SIGTERM, worker.leave)
        worker.work()
    except Refused as error:
        sys.exit(str(error))
    finally:
        if worker:
            worker.end_all("stop")  # The guard does it too, unless it is what was ended.
        guard.end()


main()
