"""Buckets as people reach them, for checks: the login user's shell, and what its complaints mean. Standard library only."""

import os
import re
import subprocess

SHELL = "/opt/objectstores/libexec/fs"
SECONDS = 50

# A check asks whether it works now: once more, and then it says so.
IMPATIENT = {
    "fs.s3a.attempts.maximum": "2",
    "fs.s3a.retry.limit": "1",
    "fs.s3a.retry.interval": "200ms",
    "fs.s3a.connection.establish.timeout": "5s",
    "fs.s3a.connection.timeout": "20s",
    "fs.gs.http.max.retry": "2",
    "fs.gs.http.connect-timeout": "5s",
    "fs.gs.http.read-timeout": "20s",
}

REFUSED = "{endpoint} refuses this to the credentials {credentials}"

# In this order: what is said first is the cause of the rest. No message may repeat what was answered as a whole: answers
# hold keys' names and signed texts.
MEANINGS = (
    (r"SSLHandshake|PKIX|SSLPeerUnverified|certificate", "{endpoint} shows a certificate that this node does not trust"),
    (r"UnknownHostException|Name or service not known", "{endpoint} does not answer: its name is not known here"),
    (r"Connection refused|ConnectException", "{endpoint} does not answer: connection refused"),
    (r"[Tt]imed out|TimeoutException|NoRouteToHost", "{endpoint} does not answer in time"),
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken|invalid_grant|\b401\b",
     "{endpoint} does not accept the credentials {credentials}"),
    (r"NoAuthWithAWS|No AWS [Cc]redentials|NoAwsCredentials|Unable to load credentials|AccessDeniedException: .*/etc/muster",
     "this node has no credentials for it ({credentials})"),
    (r"UnknownStoreException|NoSuchBucket|bucket does not exist", "no bucket of that name at {endpoint}"),
    (r"AuthorizationHeaderMalformed|PermanentRedirect|\b301\b", "it is in another region: see region in the config"),
    (r"AccessDenied|\b403\b|Forbidden", REFUSED),
)


class Failed(Exception):
    """Why, for people."""


def meaning(said, bucket):
    """What the shell's complaint means, for people; its last line where that is not known."""
    for pattern, text in MEANINGS:
        if re.search(pattern, said):
            return text.format(**bucket)
    lines = [line.strip() for line in said.splitlines() if line.strip() and not re.match(r"\s+at |\d{4}-|\d\d/", line)]
    return lines[-1][:200] if lines else "it failed without a word"


def shell(user, bucket, *words, data=b""):
    """Runs a command of the shell as the user; its output. Raises Failed with the bucket's name."""
    done = run(user, bucket, words, data)
    if done.returncode == 0:
        return done.stdout
    why = meaning(done.stderr.decode(errors="replace"), bucket)
    if why == REFUSED.format(**bucket) and words[0] != "-ls":
        # Whether something is there is asked with HEAD, whose refusal has no text; that of a list has.
        listed = run(user, bucket, ("-ls", f"{bucket['url']}/"))
        why = why if listed.returncode == 0 else meaning(listed.stderr.decode(errors="replace"), bucket)
    raise Failed(f"{bucket['url']}: {why}")


def run(user, bucket, words, data=b""):
    options = [word for name, value in IMPATIENT.items() for word in ("-D", f"{name}={value}")]
    argv = ["/usr/sbin/runuser", "-u", user, "--", SHELL, *options, *words]
    environment = {"PATH": os.environ["PATH"], "HOME": os.path.expanduser(f"~{user}"), "USER": user}
    try:
        return subprocess.run(argv, env=environment, cwd="/", input=data, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed(f"{bucket['url']}: {bucket['endpoint']} gave no answer within {SECONDS} s") from None


def check_object(bucket, view):
    """Each cluster's own, and in no folder: none would be left behind."""
    return f"{bucket['url']}/.muster-check-{view['cluster']['uid'][:12]}"
