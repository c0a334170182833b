// Replaces malloc and its family to sample allocations, as `CLinux.h` says. They call glibc's own.
//
// Only a sampled allocation takes a lock, and one is sampled in about 512 KiB. Each of the others costs a subtraction,
// and its free a look into a table that says that it was not sampled.
#define _GNU_SOURCE
#include "CLinux.h"
#include "linux_stacks.h"

#ifndef FLASHSALE_HEAP_PROFILE

bool clinux_heap_is_sampled(void) { return false; }

void clinux_sample_heap(long bytes, uintptr_t main_stack_end) {
    (void)bytes;
    (void)main_stack_end;
}

bool clinux_read_heap_totals(double *objects, double *bytes) {
    *objects = 0;
    *bytes = 0;
    return false;
}

bool clinux_read_heap_stack(unsigned number, struct clinux_heap_stack *stack) {
    (void)number;
    (void)stack;
    return false;
}

#else
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

enum { live_max = 1 << 14, mark_count = 1 << 16 };

struct live {
    void *memory;
    size_t size;
    // The number of allocations that it stands for.
    double weight;
    // The number of its stack, from 1.
    uint32_t stack;
};

static _Atomic long period;
static atomic_flag lock = ATOMIC_FLAG_INIT;
// The lock guards all but marks, which is read without it: a thread that frees memory has got it from the thread that
// marked it.
static struct clinux_heap_stack stacks[clinux_heap_stacks_max];
static uint64_t stack_hashes[clinux_heap_stacks_max];
static unsigned stack_count;
// Includes samples whose stacks found no room.
static double objects_total;
static double bytes_total;
static struct live lives[live_max];
static unsigned live_count;
static _Atomic uint8_t marks[mark_count];

static __thread int64_t bytes_left __attribute__((tls_model("initial-exec")));
static __thread uint64_t random_state __attribute__((tls_model("initial-exec")));

static void take_lock(void) {
    while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) sched_yield();
}

static void give_lock(void) { atomic_flag_clear_explicit(&lock, memory_order_release); }

static uint64_t mix(uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

// The distance to the next sample: exponential, so that it misses no pattern of sizes.
static int64_t next_distance(long mean) {
    if (random_state == 0) random_state = mix((uint64_t)(uintptr_t)&random_state ^ (uint64_t)gettid());
    random_state += 0x9E3779B97F4A7C15u;
    const double uniform = ((double)(mix(random_state) >> 11) + 1) / 9007199254740993.0;
    return (int64_t)(-log(uniform) * (double)mean) + 1;
}

// The allocations that one sampled allocation of that size stands for.
static double weight(size_t size, long mean) { return 1 / -expm1(-(double)size / (double)mean); }

// The number of the stack, from 1; 0 if there is no room for another.
static uint32_t find_stack(const uintptr_t *frames, uint32_t depth) {
    uint64_t hash = depth;
    for (uint32_t index = 0; index < depth; index++) hash = mix(hash ^ frames[index]);
    if (hash == 0) hash = 1;
    for (unsigned probe = 0; probe < clinux_heap_stacks_max; probe++) {
        const unsigned index = (unsigned)(hash + probe) % clinux_heap_stacks_max;
        if (stack_hashes[index] == hash) return index + 1;
        if (stack_hashes[index] != 0) continue;
        if (stack_count >= clinux_heap_stacks_max * 3 / 4) return 0;
        stack_count++;
        stack_hashes[index] = hash;
        stacks[index].depth = depth;
        memcpy(stacks[index].frames, frames, depth * sizeof *frames);
        return index + 1;
    }
    return 0;
}

static unsigned live_index(const void *memory) { return (unsigned)(mix((uintptr_t)memory) % live_max); }

static _Atomic uint8_t *mark_of(const void *memory) { return &marks[((uintptr_t)memory >> 4) % mark_count]; }

__attribute__((noinline)) static void sample(void *memory, size_t size, uintptr_t frame, long mean) {
    const int saved_errno = errno;
    const bool is_first = random_state == 0;
    bytes_left = next_distance(mean);
    if (is_first && (bytes_left -= (int64_t)size) >= 0) return;
    if (is_first) bytes_left = next_distance(mean);
    uintptr_t frames[clinux_heap_frames_max];
    const uint32_t depth = clinux_walk_stack(frame, frame, frames, 0, clinux_heap_frames_max);
    take_lock();
    objects_total += weight(size, mean);
    bytes_total += weight(size, mean) * (double)size;
    const uint32_t stack = find_stack(frames, depth);
    _Atomic uint8_t *mark = mark_of(memory);
    if (stack != 0 && live_count < live_max * 3 / 4 && *mark != UINT8_MAX) {
        unsigned index = live_index(memory);
        while (lives[index].memory != NULL) index = (index + 1) % live_max;
        lives[index] = (struct live){memory, size, weight(size, mean), stack};
        live_count++;
        (*mark)++;
        stacks[stack - 1].objects += lives[index].weight;
        stacks[stack - 1].bytes += lives[index].weight * (double)size;
    }
    give_lock();
    errno = saved_errno;
}

// Takes an entry out and closes the gap, so that no search ends too early.
static void remove_live(unsigned hole) {
    live_count--;
    for (unsigned next = (hole + 1) % live_max; lives[next].memory != NULL; next = (next + 1) % live_max) {
        const unsigned home = live_index(lives[next].memory);
        if ((next - home) % live_max < (next - hole) % live_max) continue;
        lives[hole] = lives[next];
        hole = next;
    }
    lives[hole].memory = NULL;
}

__attribute__((noinline)) static void forget(void *memory) {
    const int saved_errno = errno;
    take_lock();
    unsigned index = live_index(memory);
    while (lives[index].memory != NULL && lives[index].memory != memory) index = (index + 1) % live_max;
    if (lives[index].memory == memory) {
        const struct live freed = lives[index];
        stacks[freed.stack - 1].freed_objects += freed.weight;
        stacks[freed.stack - 1].freed_bytes += freed.weight * (double)freed.size;
        (*mark_of(memory))--;
        remove_live(index);
    }
    give_lock();
    errno = saved_errno;
}

static inline __attribute__((always_inline)) void *allocated(void *memory, size_t size) {
    const long mean = atomic_load_explicit(&period, memory_order_relaxed);
    if (mean == 0 || memory == NULL) return memory;
    bytes_left -= (int64_t)size;
    if (bytes_left < 0) sample(memory, size, (uintptr_t)__builtin_frame_address(0), mean);
    return memory;
}

static inline __attribute__((always_inline)) void freed(void *memory) {
    if (atomic_load_explicit(mark_of(memory), memory_order_relaxed) != 0 && memory != NULL) forget(memory);
}

void *malloc(size_t size) { return allocated(__libc_malloc(size), size); }

void *calloc(size_t count, size_t size) { return allocated(__libc_calloc(count, size), count * size); }

void *realloc(void *memory, size_t size) {
    // Before glibc frees it: another thread may get the same address at once.
    freed(memory);
    return allocated(__libc_realloc(memory, size), size);
}

void *memalign(size_t alignment, size_t size) { return allocated(__libc_memalign(alignment, size), size); }

void *aligned_alloc(size_t alignment, size_t size) { return allocated(__libc_memalign(alignment, size), size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    const int saved_errno = errno;
    void *memory = __libc_memalign(alignment, size);
    errno = saved_errno;
    if (memory == NULL) return ENOMEM;
    *result = allocated(memory, size);
    return 0;
}

void free(void *memory) {
    freed(memory);
    __libc_free(memory);
}

bool clinux_heap_is_sampled(void) { return true; }

void clinux_sample_heap(long bytes, uintptr_t main_stack_end) {
    clinux_note_main_stack(main_stack_end);
    atomic_store(&period, bytes);
}

bool clinux_read_heap_totals(double *objects, double *bytes) {
    take_lock();
    *objects = objects_total;
    *bytes = bytes_total;
    give_lock();
    return true;
}

bool clinux_read_heap_stack(unsigned number, struct clinux_heap_stack *stack) {
    if (number >= clinux_heap_stacks_max) return false;
    take_lock();
    *stack = stacks[number];
    give_lock();
    return true;
}
#endif
