// The few C lines that Swift cannot say, with no logic of ours.
#ifndef CLINUX_H
#define CLINUX_H
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>
#include <time.h>

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
    pid_t thread;
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
bool clinux_start_thread_timer(pid_t thread, long period_nanoseconds, timer_t *timer);

// Has a thread of this process take its stack, soon.
bool clinux_ask_for_stack(pid_t thread);

// Moves the next stack of a kind out of the room for stacks. False if there is none from `*slot` on, which begins at 0
// and goes up.
bool clinux_take_stack(enum clinux_stack_kind kind, unsigned *slot, struct clinux_stack *stack);

// How many stacks found no room, since the start.
uint64_t clinux_stacks_lost(void);

// The Swift runtime's demangler: null if the name is no Swift name, else a text to free.
char *clinux_demangle(const char *name, size_t length);
#endif
