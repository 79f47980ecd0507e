r"""Eight numbers side by side in compiled code: a SIMD register as a type of numba.

A kernel that works on eight independent trials at once reads like scalar code: ``x = load(array, i)`` takes the eight
numbers ``array[i:i+8]``, ``x * y + 2.0`` acts on each of them, ``store(array, i, x)`` puts them back. Loops that LLVM
fails to vectorise by itself become one instruction for eight trials where the machine has registers of 512 bits, and
two or four where they are shorter. The operations are those of IEEE double precision, never contracted or reordered,
so each lane holds the same bits as scalar code on any machine, whatever its neighbours hold.

Cost: one operation on :data:`LANES` numbers for each call. ``load`` and ``store`` do not check bounds; the caller
does, once, outside the kernel.
"""

# numba reads the code that an intrinsic returns, not the names of its arguments.
# ruff: noqa: ARG001

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from twolayer.validation import positive_integer

LANES = 8
"""Numbers in one register: 512 bits of doubles."""

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_ZERO = ir.Constant(_VECTOR, [0.0] * LANES)


class Lanes(types.Type):
    """The numba type of eight doubles; values exist in compiled code only."""

    def __init__(self):
        super().__init__(name="Lanes")


lanes = Lanes()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, _VECTOR)


def aligned_zeros(size):
    """Return zeros in one piece of memory that starts on a cache line, as ``load`` and ``store`` like it.

    Parameters
    ----------
    size : int
        Number of entries >= 1.

    Returns
    -------
    ndarray of float64, shape (size,)
        Cost O(size).

    Raises
    ------
    TypeError, ValueError
        If the size is not a positive integer.
    """
    size = positive_integer(size, "size")
    memory = np.zeros(size + LANES)
    offset = (-memory.ctypes.data % 64) // 8
    return memory[offset : offset + size]


def _place(context, builder, array_type, array, index):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())


@intrinsic
def load(typing_context, array, index):
    """Take the numbers ``array[index : index + LANES]`` of a contiguous float64 vector."""

    def code(context, builder, signature, arguments):
        return builder.load(_place(context, builder, signature.args[0], *arguments), align=8)

    return lanes(array, types.intp), code


@intrinsic
def store(typing_context, array, index, value):
    """Put eight numbers to ``array[index : index + LANES]``."""

    def code(context, builder, signature, arguments):
        builder.store(arguments[2], _place(context, builder, signature.args[0], *arguments[:2]), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), code


@intrinsic
def spread(typing_context, value):
    """Put one number into every lane."""

    def code(context, builder, signature, arguments):
        unset = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(unset, arguments[0], ir.Constant(ir.IntType(32), 0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(first, unset, everywhere)

    return lanes(types.float64), code


def _lanewise(instruction):
    @intrinsic
    def operation(typing_context, x, y):
        def code(context, builder, signature, arguments):
            return getattr(builder, instruction)(*arguments)

        return lanes(lanes, lanes), code

    return operation


@intrinsic
def larger(typing_context, x, y):
    """Return the larger number in each lane (the second where they are not ordered)."""

    def code(context, builder, signature, arguments):
        return builder.select(builder.fcmp_ordered(">", *arguments), *arguments)

    return lanes(lanes, lanes), code


@intrinsic
def magnitude(typing_context, x):
    """Return the absolute value in each lane."""

    def code(context, builder, signature, arguments):
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fabs.v{LANES}f64")
        return builder.call(function, arguments)

    return lanes(lanes), code


@intrinsic
def where_positive(typing_context, x, value):
    """Return the value in the lanes where x > 0, and zero in the others."""

    def code(context, builder, signature, arguments):
        return builder.select(builder.fcmp_ordered(">", arguments[0], _ZERO), arguments[1], _ZERO)

    return lanes(lanes, lanes), code


@intrinsic
def any_positive(typing_context, x):
    """Tell whether x > 0 in some lane."""

    def code(context, builder, signature, arguments):
        byte = ir.IntType(LANES)
        bits = builder.bitcast(builder.fcmp_ordered(">", arguments[0], _ZERO), byte)
        return builder.icmp_unsigned("!=", bits, ir.Constant(byte, 0))

    return types.boolean(lanes), code


def _overload(symbol, function):
    @overload(symbol)
    def implementation(x, y):
        if isinstance(x, Lanes) and isinstance(y, Lanes):
            return lambda x, y: function(x, y)
        if isinstance(x, Lanes) and isinstance(y, types.Float):
            return lambda x, y: function(x, spread(y))
        if isinstance(x, types.Float) and isinstance(y, Lanes):
            return lambda x, y: function(spread(x), y)
        return None


for _symbol, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _overload(_symbol, _lanewise(_instruction))
