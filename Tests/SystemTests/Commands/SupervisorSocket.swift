// The socket on which systemd hears its services.

import Glibc
import Synchronization
import Testing

final class SupervisorSocket: Sendable {
    /// The name for `NOTIFY_SOCKET`.
    let name: String
    private let descriptor: CInt
    private let directory: TestDirectory
    private let messages = Mutex<[String]>([])

    /// - Parameter isAbstract: whether it has no file.
    init(isAbstract: Bool) throws {
        directory = try TestDirectory("supervisor")
        name = isAbstract ? "@\(directory.path)" : directory.file("notify")
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = isAbstract ? [0] + name.utf8.dropFirst() : Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        try #require(bound == 0)
    }

    deinit {
        close(descriptor)
        directory.remove()
    }

    /// All that it has heard so far.
    var heard: [String] {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        return messages.withLock { messages in
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count >= 0 {
                messages.append(String(decoding: buffer[..<count], as: UTF8.self))
            }
            return messages
        }
    }
}
