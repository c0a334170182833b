// The walk along frame pointers, which samples of CPU time and of memory share.
#ifndef LINUX_STACKS_H
#define LINUX_STACKS_H
#include <stdint.h>

// Appends the callers of `frame` to `frames`, from `depth` up to `limit`. Nothing is read below `low`, or beyond the
// end of the calling thread's stack. Returns how many frames there are then.
uint32_t clinux_walk_stack(uintptr_t frame, uintptr_t low, uintptr_t *frames, uint32_t depth, uint32_t limit);

// Where the stack of the main thread ends. What comes first counts.
void clinux_note_main_stack(uintptr_t end);
#endif
