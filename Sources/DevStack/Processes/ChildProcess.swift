// Starts one child process that inherits nothing by accident.
//
// It uses `posix_spawn` and not `Foundation.Process` for two reasons. A child needs its own session, or the terminal's
// Ctrl-C reaches it first. It must inherit only the descriptors named here, or the watcher's channel stays open when
// this process dies. glibc does both inside the spawn (`POSIX_SPAWN_SETSID`, `addclosefrom_np`), so no descriptor of
// another thread can leak in between. See docs/decisions/0002-children-die-with-their-parent.md.

import CLinux
import FoundationEssentials
import Glibc
import Synchronization
import Threads

/// A child process in its own session, and its exit status once it has ended.
///
/// One thread waits for each child and reaps it at once when it ends. Swift Testing waits for any child of the process,
/// and a zombie would keep it from seeing the others.
final class ChildProcess: Sendable {
    let id: pid_t
    private let exit: Exit

    /// - Parameters:
    ///   - command: the program, looked up in PATH, and its arguments.
    ///   - environment: the child's variables besides PATH, a neutral locale and UTC. The child does not inherit this
    ///     process's environment, so that a user's PGOPTIONS changes nothing.
    ///   - input: the child's standard input.
    ///   - output: the file that the child's output and errors are appended to.
    ///   - lock: passed on as descriptor 3, so that the lock lives as long as the child and all of its children.
    init(
        _ command: [String], environment: [String: String] = [:], input: Int32, output: String,
        lock: DirectoryLock? = nil
    ) throws(DevStackError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        if let lock { posix_spawn_file_actions_adddup2(&actions, lock.descriptor, 3) }
        clinux_spawn_close_from(&actions, lock == nil ? 3 : 4)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var everySignal = sigset_t()
        var noSignal = sigset_t()
        sigfillset(&everySignal)
        sigemptyset(&noSignal)
        posix_spawnattr_setsigdefault(&attributes, &everySignal)
        posix_spawnattr_setsigmask(&attributes, &noSignal)
        let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | clinux_spawn_setsid
        posix_spawnattr_setflags(&attributes, flags)

        let neutral = ["PATH": SearchPath.folders(), "LC_ALL": "C.UTF-8", "TZ": "UTC"]
        let variables = neutral.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var id = pid_t()
        let failure = withCStrings(command) { arguments in
            withCStrings(variables) { posix_spawnp(&id, command[0], &actions, &attributes, arguments, $0) }
        }
        guard failure == 0 else { throw .system("\(command[0]) cannot be started", failure) }
        self.id = id
        exit = Exit(of: id)
        try exit.watch()
    }

    /// The exit status, 128 and the signal's number if a signal ended it, nil while it runs.
    var exitStatus: Int32? { exit.status.withLock { $0 } }

    /// Waits for the end and returns the exit status; nil if the process still runs after `deadline`.
    func end(within deadline: Duration) async -> Int32? {
        await poll(within: deadline) { self.exitStatus }
    }

    /// The state of the waiting thread. It may outlive the child's owner.
    private final class Exit: Sendable {
        let id: pid_t
        let status = Mutex<Int32?>(nil)

        init(of id: pid_t) {
            self.id = id
        }

        func watch() throws(DevStackError) {
            let failure = startThread(named: "child-wait") { [self] in wait() }
            guard failure == 0 else { throw .system("No thread to wait for a child", failure) }
        }

        private func wait() {
            var word: Int32 = 0
            while waitpid(id, &word, 0) < 0 && errno == EINTR {}
            let signal = word & 0x7f
            status.withLock { $0 = signal == 0 ? (word >> 8) & 0xff : 128 + signal }
        }
    }
}

/// Lends the strings as the null-terminated array of C strings that `posix_spawn` takes.
private func withCStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let pointers = strings.map { strdup($0) }
    defer { pointers.forEach { free($0) } }
    return body(pointers + [nil])
}
