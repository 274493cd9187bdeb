#!/usr/bin/env python3
"""A worker of one's own for hydra-jobs, over Redis: runs shell jobs. Needs redis-py; see docs/worker-protocol.md.

It keeps what a worker must: it claims only what it has room for, ends its children at the deadline of its lease, starts
nothing twice under one token, and sends each letter again until it is answered. It leaves out what it may: a restart does
not go on with what ran (its children end with it), and output waits in memory.

    REDIS_URL=redis://localhost:6379/0 WORKER_DOMAIN=prod WORKER_DOMAIN_TOKEN=... WORKER_ID=mine python3 worker.py
"""
import base64, hashlib, json, os, platform, secrets, signal, socket, subprocess, sys, threading, time

import redis

DOMAIN = os.environ.get("WORKER_DOMAIN", "prod")
WORKER = os.environ.get("WORKER_ID", "own-" + secrets.token_hex(3))
SLOTS = int(os.environ.get("MAX_CONCURRENCY", "2"))
QUEUE = f"job_queue:{DOMAIN}:pending"
db = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True)
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
now = lambda: int(time.time() * 1000)


class Refused(Exception):
    """The control plane's own refusal: code and sentence."""


class Post:
    """Letters to the schedulers (hydra_report) and their answers (the stream inbox:DOMAIN:WORKER)."""

    def __init__(self, on_cancel):
        self.inbox, self.on_cancel = f"inbox:{DOMAIN}:{WORKER}", on_cancel
        self.last = (db.xrevrange(self.inbox, count=1) or [("0-0", None)])[0][0]
        self.answers, self.came = {}, threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            try:
                for _, letters in db.xread({self.inbox: self.last}, block=2000) or []:
                    for self.last, fields in letters:
                        letter = json.loads(fields["m"])
                        if "cancel" in letter:
                            self.on_cancel(letter["cancel"])
                        else:
                            with self.came:
                                self.answers[letter["id"]] = letter
                                self.came.notify_all()
            except redis.RedisError:
                time.sleep(0.5)

    def ask(self, kind, within=10, **body):
        letter = json.dumps({"id": secrets.token_hex(8), "kind": kind, **body})
        mine, deadline = json.loads(letter)["id"], time.monotonic() + within
        while time.monotonic() < deadline:
            db.fcall("hydra_report", 1, QUEUE, WORKER, letter)
            with self.came:
                if self.came.wait_for(lambda: mine in self.answers, timeout=2.5):
                    answer = self.answers.pop(mine)
                    if "error" in answer:
                        raise Refused(f"{answer['error']['code']}: {answer['error']['detail']}")
                    return answer["ok"]
        raise TimeoutError("no scheduler answers")


class Run:
    """One attempt: its process, and what of it is told until it is stored."""

    def __init__(self, worker, grant):
        self.worker, self.grant, self.cause, self.process = worker, grant, None, None
        self.key = (grant["run_id"], grant["token"])
        self.tails, self.seq, self.pos, self.lines = {"stdout": b"", "stderr": b""}, 0, 0, 0
        self.offsets, self.open = {"stdout": 0, "stderr": 0}, {"stdout": 0, "stderr": 0}
        self.lock, self.start_ts = threading.Lock(), now()

    def report(self, **more):
        """Told until it is stored; whoever says stale has given the run to another, and what runs ends."""
        body = {"run_id": self.key[0], "token": self.key[1], "attempt": self.grant["attempt"], "start_ts": self.start_ts,
                "chunks": [], "ended": None, "never_started": False, **more}
        while True:
            try:
                ack = self.worker.post.ask("report", session=self.worker.session, reports=[body])["acks"][0]
                if ack["verdict"] == "stale":
                    self.end("stop")
                return
            except (TimeoutError, Refused, redis.RedisError):
                time.sleep(0.5)

    def chunk(self, stream, data):
        """A piece of one stream. Lines are numbered over both streams when their first byte is read."""
        with self.lock:
            cont = self.open[stream] > 0
            line = self.open[stream] if cont else self.lines + 1
            begun = data.count(b"\n") + (0 if data.endswith(b"\n") else 1) - (1 if cont else 0)
            self.lines += begun
            self.open[stream] = 0 if data.endswith(b"\n") else (self.lines if begun else line)
            self.seq += 1
            chunk = {"run_id": self.key[0], "attempt": self.grant["attempt"], "seq": self.seq, "stream": stream,
                     "offset": self.offsets[stream], "pos": self.pos, "line": line, "cont": cont, "ts": now(),
                     "bytes": base64.b64encode(data).decode()}
            self.offsets[stream] += len(data)
            self.pos += len(data)
            self.report(chunks=[chunk])

    def read(self, stream, pipe):
        while data := pipe.read1(65536):
            self.tails[stream] += data
            self.chunk(stream, data)

    def end(self, cause):
        self.cause = self.cause or cause
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def run(self):
        job, reason = self.grant["definition"], ""
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        env |= job["executor"]["env"] | {"HYDRA_RUN_ID": self.key[0], "HYDRA_JOB_ID": self.grant["job_id"],
                                         "HYDRA_DOMAIN": DOMAIN, "HYDRA_ATTEMPT": str(self.grant["attempt"])}
        shell = job["executor"]["shell"]
        try:
            self.process = subprocess.Popen([shell, "-c", job["executor"]["script"], shell, *job["executor"]["args"]], env=env,
                                            stdin=subprocess.DEVNULL, stdout=-1, stderr=-1, start_new_session=True)
        except OSError as error:
            self.cause, reason = "not_spawned", str(error)
        if self.process:
            self.report()
            pipes = {"stdout": self.process.stdout, "stderr": self.process.stderr}
            readers = [threading.Thread(target=self.read, args=one) for one in pipes.items()]
            timer = threading.Timer(job["timeout"] or 10 ** 6, self.end, ["timeout"])
            for thread in (timer, *readers):
                thread.daemon = True
                thread.start()
            for thread in readers:
                thread.join()
            self.process.wait()
            timer.cancel()
        seen = lambda stream, rules: [rule.encode() in self.tails[stream] for rule in job["completion"][rules]]
        self.report(ended={
            "cause": self.cause or "exit", "returncode": self.process and self.process.returncode, "end_ts": now(),
            "reason": reason, "last_seq": self.seq,
            "seen": {name: seen(name[:6], name) for name in ("stdout_contains", "stdout_not_contains", "stderr_contains", "stderr_not_contains")},
            "output": {stream: tail[-65536:].decode(errors="replace")[-65536:] for stream, tail in self.tails.items()}})
        self.worker.runs.pop(self.key, None)


class Worker:
    def __init__(self, token):
        self.token_hash, self.secret_hash = sha(token), sha(secrets.token_urlsafe(32))
        self.runs, self.known, self.state, self.leaving = {}, set(), "online", False
        self.post = Post(lambda held: self.stop(held, "cancel"))

    def stop(self, held, cause):
        run = self.runs.get((held["run_id"], held["token"]))
        if run:
            run.end(cause)

    def register(self):
        host, sent = socket.gethostname(), time.monotonic()
        card = {"domain": DOMAIN, "worker_id": WORKER, "os": platform.system().lower(), "tags": ["own"], "allowed_users": [],
                "queues": ["default"], "hostname": host, "ip": "127.0.0.1", "subnet": "127.0.0", "deployment_type": "own",
                "capabilities": ["shell"], "max_concurrency": SLOTS, "kill_level": "group", "run_user": str(os.getuid()),
                "cpu_count": os.cpu_count() or 1, "python_version": platform.python_version(), "cwd": os.getcwd(),
                "version": "own-1", "ttl": None, "first_state": "online"}
        answer = self.post.ask("register", card=card, secret_hash=self.secret_hash, token_hash=self.token_hash)
        self.session, self.state, self.ttl = answer["session"], answer["state"], answer["ttl"] / 1000
        self.deadline = sent + self.ttl - 3
        print(f"registered as {WORKER}, session {self.session}", flush=True)

    def take(self, grant):
        key = (grant["run_id"], grant["token"])
        if key in self.known:
            return  # A token starts one process at most, however often its grant comes.
        self.known.add(key)
        self.runs[key] = Run(self, grant)
        threading.Thread(target=self.runs[key].run, daemon=True).start()

    def renew(self):
        """Beats, and does what the answer says. The deadline moves to when this was *sent*, plus the TTL, less 3 s."""
        sent = time.monotonic()
        if db.fcall("hydra_renew", 1, QUEUE, WORKER, self.session, now()) != 1:
            return self.register()
        self.deadline = sent + self.ttl - 3
        held = [{"run_id": run_id, "token": token} for run_id, token in list(self.runs)]
        try:
            said = self.post.ask("renew", within=1.5, session=self.session, held=held)
        except TimeoutError:
            return  # Redis took the heartbeat: no scheduler has something to say.
        self.state = said["state"]
        for one in said["cancel"] + said["forget"]:
            self.stop(one, "cancel" if one in said["cancel"] else "stop")
        for grant in said["again"]:
            self.take(grant)

    def work(self):
        self.register()
        beat = 0.0
        while not (self.leaving and not self.runs):
            try:
                if time.monotonic() - beat > 2:
                    beat = time.monotonic()
                    self.renew()
                free = SLOTS - len(self.runs)
                if free > 0 and self.state == "online" and not self.leaving:
                    grants = db.fcall("hydra_claim", 1, QUEUE, WORKER, self.session, free, now())
                    for grant in grants if isinstance(grants, list) else []:
                        self.take(json.loads(grant))
            except (redis.RedisError, TimeoutError) as error:
                print(f"waiting: {error}", flush=True)
            if time.monotonic() > self.deadline:
                for run in list(self.runs.values()):
                    run.end("stop")
            time.sleep(0.1)
        self.post.ask("goodbye", session=self.session)


if __name__ == "__main__":
    worker = Worker(os.environ["WORKER_DOMAIN_TOKEN"])
    signal.signal(signal.SIGTERM, lambda *_: setattr(worker, "leaving", True))
    try:
        worker.work()
    except Refused as error:
        sys.exit(str(error))
