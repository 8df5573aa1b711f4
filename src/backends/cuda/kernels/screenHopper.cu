/** The screen on Hopper in fp16: steps of 16 columns. */
#include "hopperScreen.cuh"

SCREEN(screen, 0, float)
SCREEN(screen, 1, float)
SCREEN(screen, 2, float)
SCREEN(screen, 4, float)
SCREEN(screen, 6, float)
SCREEN(screen, 8, float)
SCREEN(screen, 12, float)
SCREEN(screen, 16, float)
