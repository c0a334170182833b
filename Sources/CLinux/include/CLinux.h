#ifndef CLINUX_H
#define CLINUX_H
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include "linux_spawn.h"

// Names the calling thread, for `top -H`, debuggers and profiles. At most 15 bytes are kept.
void clinux_name_thread(const char *name);
#endif
