// Two extensions of posix_spawn that glibc declares only under _GNU_SOURCE, which Swift's Glibc module does without.
#ifndef LINUX_SPAWN_H
#define LINUX_SPAWN_H
#include <spawn.h>

/// The flag that puts the child into a session of its own.
extern const short linux_spawn_setsid;

/// Lets the child close every descriptor from `first` on. Returns 0 or an error number.
int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

#endif
