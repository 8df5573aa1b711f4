/** The screen on Hopper in int8: steps of 32 columns, twice as fast as fp16's of 16, for bounds a hundred times as wide. */
#include "hopperScreen.cuh"

SCREEN(screenInt8x, 0, int)
SCREEN(screenInt8x, 1, int)
SCREEN(screenInt8x, 2, int)
SCREEN(screenInt8x, 3, int)
SCREEN(screenInt8x, 4, int)
SCREEN(screenInt8x, 6, int)
SCREEN(screenInt8x, 8, int)
SCREEN(screenInt8x, 12, int)
SCREEN(screenInt8x, 16, int)
