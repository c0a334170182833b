// Removes an ephemeral directory when we are gone, also by `kill -9`, and not before its last process has ended.

import Glibc

/// A shell that waits for the end of our channel, then for the directory's lock, and then removes the directory.
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
