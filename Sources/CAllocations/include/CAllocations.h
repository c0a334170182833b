// Counts allocations, only for the benchmark of the instruments: a program that links this has its malloc replaced.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H
#include <stdint.h>

// The number of the calling thread's allocations.
uint64_t callocations_of_thread(void);
#endif
