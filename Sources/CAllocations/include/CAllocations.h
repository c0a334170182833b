// Counts allocations, for the benchmark of the instruments alone: what links this has its malloc replaced.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H
#include <stdint.h>

// How often the calling thread has asked for memory.
uint64_t callocations_of_thread(void);
#endif
