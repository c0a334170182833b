// One end of a socket pair. A watcher notices when the other end closes.

import Glibc
import Synchronization

/// This process's end of the socket to a watcher. It is closed on exec, so that no child holds it, and closed when it
/// is dropped.
final class Channel: Sendable {
    private let end: Mutex<Int32?>

    private init(_ descriptor: Int32) {
        end = Mutex(descriptor)
    }

    deinit { close() }

    /// Two connected ends. A socket and not a pipe, because a write to a watcher that has exited must not raise
    /// SIGPIPE.
    static func pair() throws(DevStackError) -> (ours: Channel, theirs: Channel) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .system("The watcher's socket cannot be made", errno)
        }
        return (Channel(ends[0]), Channel(ends[1]))
    }

    /// The open descriptor; -1 once closed.
    var descriptor: Int32 { end.withLock { $0 ?? -1 } }

    /// Writes a short text. It is lost if the other side has closed.
    func write(_ text: String) {
        end.withLock { descriptor in
            guard let descriptor else { return }
            let bytes = Array(text.utf8)
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    func close() {
        end.withLock { descriptor in
            if let open = descriptor.take() { _ = Glibc.close(open) }
        }
    }
}
