// The few C lines that Swift cannot say, with no logic of ours.
#ifndef CLINUX_H
#define CLINUX_H
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// Names the calling thread, for `top -H`, debuggers and profiles. At most 15 bytes are kept.
void clinux_name_thread(const char *name);

// Two extensions of posix_spawn that glibc declares only under _GNU_SOURCE, which Swift's Glibc module does without.

// The flag that puts the child into a session of its own.
extern const short clinux_spawn_setsid;

// Lets the child close every descriptor from `first` on. Returns 0 or an error number.
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

// Stacks of running threads, taken by the handler of SIGPROF. Only plain loads and stores and lock-free atomics happen
// in the handler: it may interrupt anything, malloc and the Swift runtime included.

// The most frames that are kept of a stack.
enum { clinux_stack_frames_max = 96 };

// Why a stack was taken.
enum clinux_stack_kind {
    // A thread used up the time of its timer.
    clinux_stack_of_timer = 2,
    // clinux_ask_for_stack was called.
    clinux_stack_of_dump = 3,
};

struct clinux_stack {
    int thread;
    // How many periods of the timer it stands for.
    uint32_t weight;
    uint32_t depth;
    // Addresses of code, innermost first: where the thread was, then where each caller goes on.
    uintptr_t frames[clinux_stack_frames_max];
};

// Installs the handler, for good: a signal may still be on its way when the last timer is gone. The first call
// allocates the room for stacks. `main_stack_end` is the highest address of the main thread's stack.
bool clinux_install_sampler(uintptr_t main_stack_end);

// Starts a timer that sends SIGPROF to a thread of this process whenever it has used `period_nanoseconds` of CPU.
bool clinux_start_thread_timer(int thread, long period_nanoseconds, void **timer);

// Has a thread of this process take its stack, soon.
bool clinux_ask_for_stack(int thread);

// Moves the next stack of a kind out of the room for stacks. False if there is none from `*slot` on, which begins at 0
// and goes up.
bool clinux_take_stack(enum clinux_stack_kind kind, unsigned *slot, struct clinux_stack *stack);

// How many stacks found no room, since the start.
uint64_t clinux_stacks_lost(void);

// Samples of what malloc and its family give out. Every so many bytes, at random, an allocation leaves its stack; it is
// remembered until it is freed.

// The most frames that are kept of the stack of an allocation, and the most different stacks.
enum { clinux_heap_frames_max = 48, clinux_heap_stacks_max = 4096 };

// What was allocated from one stack, estimated from the samples.
struct clinux_heap_stack {
    double objects;
    double bytes;
    double freed_objects;
    double freed_bytes;
    uint32_t depth;
    // Where each caller goes on, innermost first.
    uintptr_t frames[clinux_heap_frames_max];
};

// Whether this build can: the family is replaced only where FLASHSALE_HEAP_PROFILE is defined.
bool clinux_heap_is_sampled(void);

// Begins to sample, about once in `bytes`; 0 ends it. `main_stack_end` as for clinux_install_sampler.
void clinux_sample_heap(long bytes, uintptr_t main_stack_end);

// What was allocated in all since sampling began, freed or not, estimated from the samples. False where this build
// takes none.
bool clinux_read_heap_totals(double *objects, double *bytes);

// Copies what is known of the stack with this number, from 0. False if there are not that many.
bool clinux_read_heap_stack(unsigned number, struct clinux_heap_stack *stack);

// The Swift runtime's demangler: null if the name is no Swift name, else a text to free.
char *clinux_demangle(const char *name, size_t length);
#endif
