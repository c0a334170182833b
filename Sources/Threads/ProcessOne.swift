// What a program that is process 1 of a container has to do for itself.

internal import Glibc

/// The first process of a container.
enum ProcessOne {
    /// Lets SIGTERM and SIGINT end process 1, as they end any other: the kernel drops its signals while nobody handles
    /// them. Whoever handles them later takes over.
    static func endsBySignals() {
        guard getpid() == 1 else { return }
        for number in [SIGTERM, SIGINT] { signal(number) { _exit(128 + $0) } }
    }
}
