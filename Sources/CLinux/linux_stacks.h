// The walk along frame pointers, for samples of CPU time and of memory.
#ifndef LINUX_STACKS_H
#define LINUX_STACKS_H
#include <stdint.h>

// Appends the callers of `frame` to `frames`, from `depth` up to `limit`. It reads nothing below `low` or beyond the
// end of the calling thread's stack. Returns the new number of frames.
uint32_t clinux_walk_stack(uintptr_t frame, uintptr_t low, uintptr_t *frames, uint32_t depth, uint32_t limit);

// Sets the end of the main thread's stack. Only the first call counts.
void clinux_note_main_stack(uintptr_t end);
#endif
