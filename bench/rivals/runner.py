"""One rival in a process of its own: `python runner.py NAME`. Reads commands, answers each with one line of JSON.

  {"do": "load", "x": FILE, "start": FILE, "n": …, "d": …, "k": …, "niter": …, "init": …, "seed": …}
  {"do": "train"}                                    one whole training from host data: seconds, iterations, peakBytes beyond what was held before
  {"do": "result", "centroids": FILE, "labels": FILE}   centroids, and the rival's own labels of all rows for them
  {"do": "roof"}                                     what the machine's matrix products reach, in multiplications and additions a second

The first line tells the version. {"error": …, "memory": true} stands for a failure, and whether memory ran out.
"""

import json
import os
import sys
import time
import warnings

import numpy as np

import cpu_libraries
import gpu_libraries
import roof

LIBRARIES = {**cpu_libraries.LIBRARIES, **gpu_libraries.LIBRARIES}


def memory(name):
    """Bytes of the line VmRSS or VmHWM of this process; 0 where the system does not tell."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))
    except OSError:
        return 0


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
    except OSError:
        pass


def load(library, command):
    n, d = command["n"], command["d"]
    if library.device == "cpu":
        x = np.fromfile(command["x"], dtype=np.float32).reshape(n, d)
    else:
        # Shared between processes: points of many GB, which a GPU's library only copies from.
        x = np.memmap(command["x"], dtype=np.float32, mode="c", shape=(n, d)).view(np.ndarray)
        x.max()
    rows = np.fromfile(command["start"], dtype=np.int32)
    library.load(x, rows, command["k"], command["niter"], command["init"], command["seed"])
    return {}


def train(library, _):
    reset_peak()
    held = memory("VmRSS")
    began = time.perf_counter()
    iterations = library.train()
    seconds = time.perf_counter() - began
    peak = memory("VmHWM")
    library.free()
    return {"seconds": seconds, "iterations": iterations, "peakBytes": max(0, peak - held)}


def result(library, command):
    np.ascontiguousarray(library.centroids(), dtype=np.float32).tofile(command["centroids"])
    np.ascontiguousarray(library.predict(), dtype=np.int32).tofile(command["labels"])
    return {}


COMMANDS = {"load": load, "train": train, "result": result, "roof": lambda library, _: roof.measure(library.device)}


def main():
    # What the libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.filterwarnings("ignore")

    def answer(value):
        answers.write(json.dumps(value) + "\n")

    try:
        library = LIBRARIES[sys.argv[1]]()
    except Exception as error:
        return answer({"absent": f"{type(error).__name__}: {error}"})
    answer({"version": library.version})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer(COMMANDS[command["do"]](library, command))
        except Exception as error:
            out_of_memory = isinstance(error, MemoryError) or "out of memory" in str(error).lower()
            answer({"error": f"{type(error).__name__}: {error}"[:500], "memory": out_of_memory})


main()
