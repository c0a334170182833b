// Gives the Swift runtime the arguments of the program.
#include "CLinux.h"

// Called by the loader, as glibc does, with what the kernel gave the program.
__attribute__((constructor)) static void clinux_keep_arguments(int count, char **arguments) {
    _swift_stdlib_overrideUnsafeArgvArgc(arguments, count);
}
