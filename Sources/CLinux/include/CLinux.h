// The few lines of C that Swift cannot express, without logic of the service.
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

// Two extensions of posix_spawn. glibc declares them only under _GNU_SOURCE, which Swift's Glibc module does not set.

// The flag that puts the child into its own session.
extern const short clinux_spawn_setsid;

// Lets the child close every descriptor from `first` on. Returns 0 or an error number.
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

// Stacks of running threads, taken by the handler of SIGPROF. Only plain loads and stores and lock-free atomics happen
// in the handler: it may interrupt any code, malloc and the Swift runtime included.

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
    // Addresses of code, innermost first: the thread's position, then the return address of each caller.
    uintptr_t frames[clinux_stack_frames_max];
};

// Installs the handler permanently: a signal may still arrive after the last timer is gone. The first call allocates
// the memory for stacks. `main_stack_end` is the highest address of the main thread's stack.
bool clinux_install_sampler(uintptr_t main_stack_end);

// Starts a timer that sends SIGPROF to a thread of this process whenever it has used `period_nanoseconds` of CPU.
bool clinux_start_thread_timer(int thread, long period_nanoseconds, void **timer);

// Asks a thread of this process to record its stack soon.
bool clinux_ask_for_stack(int thread);

// Takes the next stack of a kind. Returns false if there is none from `*slot` on. `*slot` begins at 0 and goes up.
bool clinux_take_stack(enum clinux_stack_kind kind, unsigned *slot, struct clinux_stack *stack);

// The number of stacks that found no free slot, since the start.
uint64_t clinux_stacks_lost(void);

// Samples the allocations of malloc and its family. At random distances in bytes an allocation records its stack, and
// the sample is kept until the memory is freed.

// The most frames of an allocation's stack, and the most different stacks.
enum { clinux_heap_frames_max = 48, clinux_heap_stacks_max = 4096 };

// The allocations of one stack, estimated from the samples.
struct clinux_heap_stack {
    double objects;
    double bytes;
    double freed_objects;
    double freed_bytes;
    uint32_t depth;
    // The return address of each caller, innermost first.
    uintptr_t frames[clinux_heap_frames_max];
};

// Whether this build can sample: it replaces the family only if FLASHSALE_HEAP_PROFILE is defined.
bool clinux_heap_is_sampled(void);

// Begins to sample, about once in `bytes`; 0 ends it. `main_stack_end` as for clinux_install_sampler.
void clinux_sample_heap(long bytes, uintptr_t main_stack_end);

// All allocations since sampling began, freed or not, estimated from the samples. Returns false if this build does not
// sample.
bool clinux_read_heap_totals(double *objects, double *bytes);

// Copies the figures of the stack with this number, from 0. Returns false if there are fewer stacks.
bool clinux_read_heap_stack(unsigned number, struct clinux_heap_stack *stack);

// Tells the Swift runtime the program's arguments, before anything asks for them. By itself it looks for them beside
// the environment, and finds none once a preloaded library has set a variable, or where /proc is not mounted.
void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int count);

// The Swift runtime's demangler: null if the name is no Swift name, else a text that the caller frees.
char *clinux_demangle(const char *name, size_t length);
#endif
