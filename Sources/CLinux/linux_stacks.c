// Takes stacks as `CLinux.h` says: by frame pointers, which Swift and Clang keep on Linux, within the bounds of the
// interrupted thread's own stack, into slots. One atomic state hands over each slot.
#define _GNU_SOURCE
#include "CLinux.h"
#include "linux_stacks.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { slot_free = 0, slot_written = 1, slot_count = 1024, slot_tries = 8 };

struct slot {
    // slot_free, slot_written, or the kind of the stack that waits in it.
    atomic_int state;
    struct clinux_stack stack;
};

static struct slot *slots;
static atomic_uint next_slot;
static _Atomic uint64_t lost;
static _Atomic uintptr_t stack_end_of_main;
static pid_t process;

// Swift marks the frames of async functions in this bit of the saved frame pointer.
static const uintptr_t async_frame_bit = (uintptr_t)1 << 60;

uint32_t clinux_walk_stack(uintptr_t frame, uintptr_t low, uintptr_t *frames, uint32_t depth, uint32_t limit) {
    // glibc keeps a thread's descriptor at the top of its stack, so everything between is stack. The main thread's
    // descriptor is elsewhere, below its stack.
    const uintptr_t descriptor = (uintptr_t)pthread_self();
    const uintptr_t high = low < descriptor ? descriptor : stack_end_of_main;
    while (depth < limit) {
        frame &= ~async_frame_bit;
        if (frame < low || frame % sizeof(uintptr_t) != 0 || high < 2 * sizeof(uintptr_t)) break;
        if (frame > high - 2 * sizeof(uintptr_t)) break;
        const uintptr_t *saved = (const uintptr_t *)frame;
        if (saved[1] == 0) break;
        frames[depth++] = saved[1];
        low = frame + 2 * sizeof(uintptr_t);
        frame = saved[0];
    }
    return depth;
}

static uint32_t unwind(const ucontext_t *context, uintptr_t *frames) {
#if defined(__x86_64__)
    frames[0] = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    const uintptr_t frame = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
    const uintptr_t low = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
    frames[0] = context->uc_mcontext.pc;
    const uintptr_t frame = context->uc_mcontext.regs[29];
    const uintptr_t low = context->uc_mcontext.sp;
#else
#error "no unwinding for this processor"
#endif
    return clinux_walk_stack(frame, low, frames, 1, clinux_stack_frames_max);
}

static void on_signal(int signal, siginfo_t *info, void *context) {
    (void)signal;
    const int saved_errno = errno;
    const bool is_timer = info->si_code == SI_TIMER;
    if (is_timer || (info->si_code == SI_TKILL && info->si_pid == process)) {
        const pid_t thread = (pid_t)syscall(SYS_gettid);
        int tries = 0;
        for (; tries < slot_tries; tries++) {
            struct slot *slot = &slots[atomic_fetch_add(&next_slot, 1) % slot_count];
            int expected = slot_free;
            if (!atomic_compare_exchange_strong(&slot->state, &expected, slot_written)) continue;
            slot->stack.thread = thread;
            slot->stack.weight = is_timer ? 1 + (uint32_t)info->si_overrun : 1;
            slot->stack.depth = unwind(context, slot->stack.frames);
            atomic_store(&slot->state, is_timer ? clinux_stack_of_timer : clinux_stack_of_dump);
            break;
        }
        if (tries == slot_tries) atomic_fetch_add(&lost, 1);
    }
    errno = saved_errno;
}

static void install(void) {
    struct slot *room =
        mmap(NULL, slot_count * sizeof(struct slot), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) return;
    process = getpid();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    slots = room;
    if (sigaction(SIGPROF, &action, NULL) != 0) slots = NULL;
}

void clinux_note_main_stack(uintptr_t end) {
    uintptr_t unknown = 0;
    atomic_compare_exchange_strong(&stack_end_of_main, &unknown, end);
}

bool clinux_install_sampler(uintptr_t main_stack_end) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    clinux_note_main_stack(main_stack_end);
    pthread_once(&once, install);
    return slots != NULL;
}

bool clinux_start_thread_timer(int thread, long period_nanoseconds, void **timer) {
    // The clock of a thread's CPU time, as the kernel numbers it: pthread_getcpuclockid wants a pthread_t.
    const clockid_t clock = (clockid_t)((~(unsigned)thread << 3) | 6);
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
    event._sigev_un._tid = thread;
    if (timer_create(clock, &event, timer) != 0) return false;
    struct itimerspec time;
    time.it_interval.tv_sec = period_nanoseconds / 1000000000;
    time.it_interval.tv_nsec = period_nanoseconds % 1000000000;
    time.it_value = time.it_interval;
    if (timer_settime(*timer, 0, &time, NULL) == 0) return true;
    timer_delete(*timer);
    return false;
}

bool clinux_ask_for_stack(int thread) {
    return syscall(SYS_tgkill, process, thread, SIGPROF) == 0;
}

bool clinux_take_stack(enum clinux_stack_kind kind, unsigned *slot, struct clinux_stack *stack) {
    for (; slots != NULL && *slot < slot_count; (*slot)++) {
        struct slot *full = &slots[*slot];
        int expected = (int)kind;
        if (atomic_load_explicit(&full->state, memory_order_relaxed) != expected) continue;
        // Marked as being written while it is read, so that no handler and no other reader takes it.
        if (!atomic_compare_exchange_strong(&full->state, &expected, slot_written)) continue;
        *stack = full->stack;
        atomic_store(&full->state, slot_free);
        return true;
    }
    return false;
}

uint64_t clinux_stacks_lost(void) { return atomic_load(&lost); }

char *swift_demangle(const char *name, size_t length, char *output, size_t *output_size, uint32_t flags);

char *clinux_demangle(const char *name, size_t length) { return swift_demangle(name, length, NULL, NULL, 0); }
