"""A worker's way to the schedulers, through Redis: calls of the library `hydra`, and letters, which a scheduler answers."""
import json, secrets, types

from guard import boot


class Refused(Exception):
    """The control plane's own refusal, `CODE: sentence`."""


class Mail:
    def __init__(self, db, domain, worker, cancel):
        """@param cancel is called with what is to be ended, {run_id, token}"""
        self.db, self.worker, self.cancel, self.letters = db, worker, cancel, {}  # By kind.
        self.queue, self.inbox = f"job_queue:{domain}:pending", f"inbox:{domain}:{worker}"
        # Older answers are those of an earlier life.
        self.last = (db.xrevrange(self.inbox, count=1) or [("0-0", None)])[0][0]

    def call(self, function, *args):
        return self.db.fcall(f"hydra_{function}", 1, self.queue, self.worker, *args)

    def write(self, kind, then, **body):
        """A letter, and who is called with its answer. There is one of a kind at a time."""
        mine = secrets.token_hex(8)
        text = json.dumps({"id": mine, "kind": kind, **body})
        self.letters[kind] = types.SimpleNamespace(id=mine, text=text, then=then, sent=0)

    def post(self):
        """Sends what was not answered for 2.5 s, and reads what comes within a tenth of a second."""
        for letter in self.letters.values():
            if boot() - letter.sent > 2.5:
                letter.sent = boot()
                self.call("report", letter.text)
        for _, entries in self.db.xread({self.inbox: self.last}, block=100) or []:
            for self.last, fields in entries:
                answer = json.loads(fields["m"])
                if "cancel" in answer:
                    self.cancel(answer["cancel"])
                for kind, letter in list(self.letters.items()):
                    if letter.id == answer.get("id"):
                        del self.letters[kind]
                        letter.then(answer)

    def ask(self, kind, **body):
        """As `write`, and waits for the answer. @throws TimeoutError after 10 s, Refused"""
        got, until = [], boot() + 10
        self.write(kind, got.append, **body)
        while not got and boot() < until:
            self.post()
        if not got:
            raise TimeoutError("no scheduler answers")
        if "error" in got[0]:
            raise Refused(f"{got[0]['error']['code']}: {got[0]['error']['detail']}")
        return got[0]["ok"]
