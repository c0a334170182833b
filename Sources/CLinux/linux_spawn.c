// Spawns what `CLinux.h` says.
#define _GNU_SOURCE
#include "CLinux.h"

const short clinux_spawn_setsid = POSIX_SPAWN_SETSID;

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
