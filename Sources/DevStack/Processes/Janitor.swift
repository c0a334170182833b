// Removes an ephemeral directory after this process and the last process in the directory have ended, also by
// `kill -9`.

import Glibc

/// A shell that waits for the end of its channel, then for the directory's lock, and then removes the directory.
final class Janitor: Sendable {
    let process: ChildProcess
    private let channel: Channel

    init(of directory: String) throws(DevStackError) {
        let (ours, theirs) = try Channel.pair()
        channel = ours
        let script = #"read -r nothing; exec flock "$1/lock" rm -rf "$1""#
        process = try ChildProcess(
            ["sh", "-c", script, "flashsale-janitor", directory], input: theirs.descriptor, output: "/dev/null")
    }

    /// Removes the directory now.
    func remove() async {
        channel.close()
        _ = await process.end(within: DirectoryLock.ownersEnd)
    }
}
