"""Golden files of test/io, written by the implementations that own the formats.

    pip install numpy==2.4.6 safetensors==0.8.0 pyarrow==26.0.1 ml_dtypes==0.6.0
    python test/golden/io.py

Writes test/golden/io/* and test/golden/io.json, which lists what numpy, safetensors and pyarrow read in each file.
"""

import hashlib
import io as stdio
import json
import pathlib
import struct

import ml_dtypes
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import safetensors.numpy as st
from numpy.lib import format as npformat

HERE = pathlib.Path(__file__).parent
OUT = HERE / 'io'
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(0)
golden = {'npy': [], 'points': [], 'headers': [], 'float16': {}}


def values(array):
    """Numbers as JSON holds them; 64-bit integers as text."""
    if array.dtype.kind in 'iu' and array.dtype.itemsize == 8:
        return [str(value) for value in array.ravel().tolist()]
    return array.ravel().astype(np.float64).tolist()


# .npy: every dtype in both byte orders, C and Fortran order, one to three axes, versions 1 to 3.
def npy(name, array, version=None):
    with open(OUT / name, 'wb') as file:
        npformat.write_array(file, array, version=version)
    array = np.load(OUT / name)
    golden['npy'].append(
        {'file': name, 'shape': list(array.shape), 'dtype': array.dtype.name, 'fortran': bool(array.flags.fnc), 'values': values(array)}
    )


base = rng.normal(size=(5, 3)) * 50
for code in ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']:
    for order in '<>':
        if code.endswith('1') and order == '>':
            continue
        array = (np.abs(base) if code[0] == 'u' else base).astype(order + code)
        npy(f'{code}{"be" if order == ">" else ""}.npy', array)
npy('bool.npy', base > 0)
npy('i8-extremes.npy', np.array([-(2**63), -1, 0, 1, 2**53 + 1, 2**63 - 1], '<i8'))
npy('u8-extremes.npy', np.array([0, 2**53 + 1, 2**64 - 1], '<u8'))
npy('f2-specials.npy', np.array([0.0, -0.0, 2.0**-24, 1023 * 2.0**-24, 2.0**-14, 65504, -1.5], '<f2'))
npy('fortran-2d.npy', np.asfortranarray(rng.normal(size=(7, 4)).astype('<f4')))
npy('fortran-2d-be.npy', np.asfortranarray(rng.normal(size=(4, 7)).astype('>f8')))
npy('fortran-3d.npy', np.asfortranarray(np.arange(24, dtype='<i4').reshape(2, 3, 4)))
npy('c-3d.npy', np.arange(24, dtype='<i4').reshape(2, 3, 4))
npy('scalar.npy', np.array(2.5, '<f4'))
npy('empty.npy', np.zeros((0, 3), '<f4'))
npy('v2.npy', base.astype('<f4'), (2, 0))
npy('v3.npy', base.astype('<f4'), (3, 0))
for name, array in {
    'object': np.array([None, 1], dtype=object),
    'text': np.array(['alpha', 'b']),
    'complex': np.array([1 + 2j]),
    'structured': np.array([(1, 2.0)], dtype=[('a', '<i4'), ('b', '<f8')]),
    'datetime': np.array(['2020-01-01'], 'M8[D]'),
    'longdouble': np.zeros(2, np.longdouble),
}.items():
    np.save(OUT / f'bad-{name}.npy', array, allow_pickle=True)

# The header that numpy writes for each shape and dtype.
for code, shape in [
    ('<f4', ()), ('<f4', (5,)), ('<f4', (1000, 128)), ('<f8', (26_000_000, 128)), ('|u1', (3, 4, 5)), ('<i8', (2**40, 7)),
    ('<f2', (1, 1)), ('|b1', (10,)), ('<i4', (262144,)), ('<u2', tuple(range(1, 16))), ('<f4', (10**18, 0)),
]:  # fmt: skip
    file = stdio.BytesIO()
    npformat.write_array_header_1_0(file, {'descr': code, 'fortran_order': False, 'shape': shape})
    golden['headers'].append({'dtype': np.dtype(code).name, 'shape': [int(s) for s in shape], 'hex': file.getvalue().hex()})

# .safetensors
tensors = {
    'f32': base.astype(np.float32),
    'f16': base.astype(np.float16),
    'f64': base,
    'i32': base.astype(np.int32),
    'i64': np.array([-(2**63), 2**63 - 1]),
    'u8': np.arange(3, dtype=np.uint8),
    'flag': np.array([True, False, True]),
    'bf16': base.astype(ml_dtypes.bfloat16),
}
st.save_file(tensors, OUT / 'tensors.safetensors', metadata={'note': 'h\u00e9llo "quoted"'})
golden['safetensors'] = {
    name: {'shape': list(t.shape), 'dtype': t.dtype.name, 'values': values(t)} for name, t in tensors.items()
}


# Points in every format, and what numpy makes of them in float32.
def points(file, array, **options):
    sha256 = hashlib.sha256(np.ascontiguousarray(array, '<f4').tobytes()).hexdigest()
    golden['points'].append({'file': file, 'n': array.shape[0], 'd': array.shape[1], 'sha256': sha256, **options})


x = rng.normal(size=(50, 6)).astype(np.float32)
st.save_file({'x': x, 'labels': np.zeros(50, np.int32)}, OUT / 'points.safetensors')
points('points.safetensors', x)


def vecs(name, array):
    """As texmex's fvecs_write and faiss.contrib.vecs_io.fvecs_write do."""
    heads = np.full((len(array), 1), array.shape[1], '<i4').view(np.uint8)
    np.hstack([heads, array.view(np.uint8).reshape(len(array), -1)]).tofile(OUT / name)
    points(name, array)


vecs('points.fvecs', x)
vecs('points.bvecs', rng.integers(0, 256, (20, 5), dtype=np.uint8))
vecs('points.ivecs', rng.integers(-(2**20), 2**20, (10, 3), dtype=np.int32))


def arrow(name, table, array, stream=False, compression=None, chunk=17, **options):
    ipc = pa.ipc.IpcWriteOptions(compression=compression)
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(str(OUT / name), table.schema, options=ipc) as writer:
        writer.write_table(table, max_chunksize=chunk)
    if array is not None:
        points(name, array, **options)


def lists(array, dtype=pa.float32()):
    flat = pa.array(array.ravel().tolist() if dtype == pa.float16() else array.ravel(), dtype)
    return pa.FixedSizeListArray.from_arrays(flat, array.shape[1])


table = pa.table({'x': lists(x)})
arrow('list.arrow', table, x)
arrow('list.arrows', table, x, stream=True)
# Rounded, so that both codecs find something to match.
smooth = np.round(np.cumsum(x, axis=0)).astype(np.float32)
arrow('list-lz4.arrow', pa.table({'x': lists(smooth)}), smooth, compression='lz4')
arrow('list-zstd.arrow', pa.table({'x': lists(smooth)}), smooth, compression='zstd', needs='zstd')
feather.write_feather(pa.table({'x': lists(np.repeat(smooth, 40, axis=0))}), OUT / 'default.feather')
points('default.feather', np.repeat(smooth, 40, axis=0))
arrow('list-f64.arrow', pa.table({'x': lists(x.astype(np.float64) * np.pi, pa.float64())}), x.astype(np.float64) * np.pi)
half = x.astype(np.float16)
arrow('list-f16.arrow', pa.table({'x': lists(half, pa.float16())}), half)
arrow('list-u8.arrow', pa.table({'x': lists(np.arange(30, dtype=np.uint8).reshape(10, 3), pa.uint8())}), np.arange(30).reshape(10, 3))
arrow('variable.arrow', pa.table({'x': pa.array(x.tolist(), pa.list_(pa.float32()))}), x)
arrow('variable-large.arrow', pa.table({'x': pa.array(x.tolist(), pa.large_list(pa.float64()))}), x)
arrow('sliced.arrow', pa.table({'x': pa.array(x.tolist(), pa.list_(pa.float32()))}).slice(5, 20), x[5:25])
mixed = pa.table(
    {
        'id': pa.array([f'row {i}' for i in range(50)]),
        'kind': pa.array(['a', 'b'] * 25).dictionary_encode(),
        'view': pa.array([f'a long string of row {i}' for i in range(50)], pa.string_view()),
        'tags': pa.array([[str(i)] * (i % 3) for i in range(50)]),
        'pair': pa.array([{'u': i, 'v': [i]} for i in range(50)]),
        'when': pa.array(range(50), pa.timestamp('us')),
        'flag': pa.array([None if i % 7 == 0 else i % 2 == 0 for i in range(50)]),
        'none': pa.nulls(50),
        'either': pa.UnionArray.from_dense(
            pa.array([i % 2 for i in range(50)], pa.int8()),
            pa.array([i // 2 for i in range(50)], pa.int32()),
            [pa.array(range(25)), pa.array([str(i) for i in range(25)])],
        ),
        'runs': pa.RunEndEncodedArray.from_arrays(pa.array([20, 50], pa.int32()), pa.array([1.0, 2.0])),
        'x': lists(x),
        'y': pa.array(np.arange(50) / 8, pa.float64()),
        'z': pa.array(np.arange(50) - 25, pa.int16()),
    }
)
arrow('mixed.arrow', mixed, x, chunk=1000)
points('mixed.arrow', np.stack([np.arange(50) - 25, np.arange(50) / 8], axis=1), column=['z', 'y'])
points('mixed.arrow', (np.arange(50) / 8)[:, None], column='y')
arrow('mixed-lz4.arrows', mixed.drop_columns(['runs', 'either']), x, stream=True, compression='lz4')
columns = {f'c{i}': pa.array(x[:, i].astype(t), pa.from_numpy_dtype(t)) for i, t in enumerate(['f4', 'f8', 'i4', 'i8', 'u1', 'f2']) if i != 4}
wide = np.stack([np.array(column.to_numpy(zero_copy_only=False), np.float64) for column in columns.values()], axis=1)
arrow('columns.arrow', pa.table(columns), wide)
arrow('nulls.arrow', pa.table({'x': pa.array([[1.0, 2.0], None], pa.list_(pa.float32(), 2))}), None)
arrow('nulls-inside.arrow', pa.table({'x': pa.array([[1.0, None], [3.0, 4.0]], pa.list_(pa.float32(), 2))}), None)
arrow('ragged.arrow', pa.table({'x': pa.array([[1.0, 2.0], [3.0]], pa.list_(pa.float32()))}), None)
arrow('two-lists.arrow', pa.table({'a': lists(x), 'b': lists(x)}), None)


# The 16-bit floats, all of them, as SHA-256 of the bits; every NaN as 0x7fc00000 or 0x7e00 or 0x7fc0.
def digest(bits):
    return hashlib.sha256(bits.tobytes()).hexdigest()


every = np.arange(65536, dtype=np.uint16)
wider = every.view(np.float16).astype(np.float32)
golden['float16']['widen'] = digest(np.where(np.isnan(wider), np.uint32(0x7FC00000), wider.view(np.uint32)))
wider_b = every.view(ml_dtypes.bfloat16).astype(np.float32)
golden['float16']['widenBfloat16'] = digest(np.where(np.isnan(wider_b), np.uint32(0x7FC00000), wider_b.view(np.uint32)))
# Near every tie: the float32 bits halfway between neighbours (of halves and of bfloat16s) and one below and above; and a lattice of all bits.
lattice = (np.arange(65536, dtype=np.uint64) * 65537 % 2**32).astype(np.uint32)
ties = (np.arange(0x0000, 0x8000, dtype=np.uint32) << 16) | 0x8000
halfway = (wider[:0x7BFF].astype(np.float64) + wider[1:0x7C00].astype(np.float64)) / 2
middle = halfway.astype(np.float32).view(np.uint32)
bits = np.concatenate([lattice, ties, ties - 1, ties + 1, middle, middle - 1, middle + 1])
bits = np.concatenate([bits, bits | np.uint32(0x80000000)])
with np.errstate(all='ignore'):
    narrow = bits.view(np.float32).astype(np.float16)
    narrow_b = bits.view(np.float32).astype(ml_dtypes.bfloat16)
golden['float16']['narrow'] = digest(np.where(np.isnan(narrow), np.uint16(0x7E00), narrow.view(np.uint16)))
golden['float16']['narrowBfloat16'] = digest(np.where(np.isnan(narrow_b.astype(np.float32)), np.uint16(0x7FC0), narrow_b.view(np.uint16)))

(HERE / 'io.json').write_text(json.dumps(golden, separators=(',', ':')) + '\n')
print(sum(file.stat().st_size for file in OUT.iterdir()), 'bytes', (HERE / 'io.json').stat().st_size, 'bytes of JSON')
