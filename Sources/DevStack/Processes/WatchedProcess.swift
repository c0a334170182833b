// A server process that ends when this process ends, in any way.
//
//     flashsale ──socket──► sh (the watcher) ──signals──► server
//
// The watcher is the server's parent, in its own session, and reads signal names from the socket. Only this process
// holds the other end, so the end of the stream means that this process has ended, if only by `kill -9`. The watcher
// then sends the last signal, and SIGKILL five seconds later. It exits when the server has ended, and first kills the
// rest of the server's process group.
//
//     running ──send(signal)──► running
//     running ──release() or this process's end──► ending ──last signal, then SIGKILL──► ended
//     running ──the server ends by itself──► ended
//
// Trust rule: only the watcher signals the server. The watcher also reaps it, so the process id cannot have passed to
// another process.

import Glibc
import Synchronization

final class WatchedProcess: Sendable {
    /// The watcher; it exits with the server's status.
    let watcher: ChildProcess
    private let channel: Channel

    /// - Parameters:
    ///   - lastSignal: the signal that ends the server when this process has ended.
    ///   - pidFile: where the watcher notes the server's process id.
    init(
        _ command: [String], lastSignal: ServerSignal, environment: [String: String] = [:], output: String,
        pidFile: String = "/dev/null", lock: DirectoryLock?
    ) throws(DevStackError) {
        let (ours, theirs) = try Channel.pair()
        channel = ours
        watcher = try ChildProcess(
            ["sh", "-c", Self.script, "flashsale-watcher", lastSignal.rawValue, pidFile] + command,
            environment: environment, input: theirs.descriptor, output: output, lock: lock)
    }

    /// Sends the server a signal, unless it has ended.
    func send(_ signal: ServerSignal) {
        channel.write(signal.rawValue + "\n")
    }

    /// Lets the watcher end the server, as the end of this process would.
    func release() {
        channel.close()
    }

    /// In a shell without job control a background command has `/dev/null` as input, and ignores SIGINT and SIGQUIT
    /// until it installs its own handlers, as Postgres does.
    private static let script = """
        last=$1 pid_file=$2
        shift 2
        exec 4<&0
        "$@" 4<&- &
        server=$!
        echo "$server" > "$pid_file"
        {
            while read -r signal <&4; do kill -s "$signal" "$server"; done
            kill -s "$last" "$server"
            kill -s CONT "$server"
            sleep 5
            kill -s KILL "$server"
        } 2> /dev/null 3<&- &
        wait "$server"
        status=$?
        trap '' TERM
        kill -s TERM 0
        exit "$status"
        """
}
