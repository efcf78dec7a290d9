"""Tries danpay's API by the contract that it serves: `danpay dev` with a fresh database, and Schemathesis.

`DANPAY` is the program. Further words are for `schemathesis run`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE_S = 30
HERE = Path(__file__).parent


def started(folder):
    """danpay and its sandbox, and what they say of themselves once they are ready."""
    ready_file = folder / "dev.json"
    words = ["dev", "--port", "0", "--ready-file", ready_file, "--exit-with-parent"]
    danpay = subprocess.Popen([os.environ["DANPAY"], *words], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while not ready_file.exists():
        assert danpay.poll() is None and time.monotonic() < deadline, "danpay does not start"
        time.sleep(0.01)
    return danpay, json.loads(ready_file.read_text())


def tried(words):
    """Whether danpay, with a fresh database, answers as its contract says."""
    with tempfile.TemporaryDirectory() as folder:
        danpay, ready = started(Path(folder))
        settings = {
            "DANPAY_API_URL": ready["api_url"],
            "DANPAY_API_KEY": ready["api_key"],
            "DANPAY_SANDBOX_URL": ready["sandbox_url"],
            "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{HERE}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        contract = f"{ready['api_url']}/openapi.json"
        schemathesis = [sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml"]
        # What it writes goes with the folder.
        ended = subprocess.run(
            [*schemathesis, "run", contract, *words], cwd=folder, env={**os.environ, **settings}
        )
        is_alive = danpay.poll() is None
        danpay.terminate()
        danpay.wait(PATIENCE_S)
        assert is_alive, "danpay has ended by itself"
        return ended.returncode == 0


# Once through has few walks of calls that go on with what others have answered: so there are more of these.
# By number and not by time, so that a fast machine tries the same as a slow one.
runs = [[], *(["--phases", "stateful", "--seed", str(seed)] for seed in range(2, 6))]
results = [tried(run + sys.argv[1:]) for run in runs]
sys.exit(0 if all(results) else 1)
