"""What matrix products reach on this machine, as the roof that trainings are set beside."""

import time

import numpy as np

SECONDS = 1.0


def rate(product, work):
    """Multiplications and additions a second: the best of the products that fit into a second, after one that warms up."""
    product()
    best = float("inf")
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        began = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - began)
    return 2 * work / best


def measure(device):
    if device == "cpu":
        m = 2048
        a, b = (np.random.default_rng(i).standard_normal((m, m), dtype=np.float32) for i in (0, 1))
        return {"fp32": rate(lambda: a @ b, m**3)}
    import torch

    m = 8192
    a, b = (torch.randn(m, m, device=device, dtype=torch.float16) for _ in range(2))

    def half():
        a @ b
        torch.cuda.synchronize()

    return {"fp16": rate(half, m**3)}
