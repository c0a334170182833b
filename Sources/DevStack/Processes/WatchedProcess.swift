// A server process that ends when we end, however we end.
//
//     flashsale ──socket──► sh (the watcher) ──signals──► server
//
// The watcher is the server's parent, in a session of its own, and reads signal names from the socket. Nobody but us
// holds our end, so the end of the stream means that we have gone, be it by `kill -9`: the watcher then sends the last
// signal, and SIGKILL five seconds later. It leaves when the server has ended, and takes what is left of the server's
// process group along.
//
//     running ──send(signal)──► running
//     running ──release() or our death──► ending ──last signal, then SIGKILL──► ended
//     running ──the server ends by itself──► ended
//
// Trust rule: only the watcher signals the server. It is the one that reaps it, so the process id is never a
// stranger's.

import Glibc
import Synchronization

final class WatchedProcess: Sendable {
    /// The watcher; it exits with the server's status.
    let watcher: ChildProcess
    private let channel: Channel

    /// - Parameters:
    ///   - lastSignal: what the server is sent when we are gone.
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

    /// Sends the server a signal; one that has ended gets none.
    func send(_ signal: ServerSignal) {
        channel.write(signal.rawValue + "\n")
    }

    /// Lets go of the server, as our death would.
    func release() {
        channel.close()
    }

    /// In a shell without job control a background command has `/dev/null` as input and ignores SIGINT and SIGQUIT
    /// until it installs handlers of its own, as Postgres does.
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
