#define _GNU_SOURCE
#include "linux_spawn.h"

const short linux_spawn_setsid = POSIX_SPAWN_SETSID;

int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
