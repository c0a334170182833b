// The few C lines that Swift cannot say, with no logic of ours.
#ifndef CLINUX_H
#define CLINUX_H
#include <malloc.h>
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
#endif
