#ifndef CLINUX_H
#define CLINUX_H
#include <sys/epoll.h>
#include <sys/eventfd.h>
<<<<<<< HEAD
#include "linux_spawn.h"
=======

// Names the calling thread, for `top -H`, debuggers and profiles. At most 15 bytes are kept.
void clinux_name_thread(const char *name);
>>>>>>> 3d51175224ea583a536f60fea807da22e09734f9
#endif
