// A server that accepts connections and sends nothing, or what a test says, and a reader of the kernel's table of
// sockets.

import Foundation
import Glibc

/// Listens on a port of its own; connections stay in the kernel's backlog.
final class SilentListener {
    struct Failure: Error {}

    private let descriptor: Int32
    private var isAnswering = false
    let port: UInt16

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listening, generic, length) == 0 && listen(listening, 8) == 0
                    && getsockname(listening, generic, &length) == 0
            }
        }
        guard isBound else { throw Failure() }
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Takes connections on a thread of its own, one after the other: reads what a client says, sends the bytes, and
    /// waits for the client's end.
    func answer(with bytes: [UInt8]) {
        let listening = descriptor
        isAnswering = true
        Thread.detachNewThread {
            while case let connection = accept(listening, nil, nil), connection >= 0 {
                var heard = [UInt8](repeating: 0, count: 1_024)
                _ = recv(connection, &heard, heard.count, 0)
                _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                while recv(connection, &heard, heard.count, 0) > 0 {}
                close(connection)
            }
            close(listening)
        }
    }

    deinit {
        // A thread that accepts notices this, and not a close. It closes: another socket may get the number at once,
        // and the thread would accept from that one.
        shutdown(descriptor, Int32(SHUT_RDWR))
        if !isAnswering { close(descriptor) }
    }
}

/// Sockets to the port that only the other side has closed.
func closeWaitCount(port: Int32) throws -> Int {
    guard let file = fopen("/proc/self/net/tcp", "r") else { throw SilentListener.Failure() }
    defer { fclose(file) }
    let suffix = ":" + String(port, radix: 16, uppercase: true).leftPadded(to: 4)
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    var count = 0
    while getline(&line, &capacity, file) > 0 {
        let columns = String(cString: line!).split(separator: " ")
        if columns.count > 3, columns[2].hasSuffix(suffix), columns[3] == "08" { count += 1 }
    }
    free(line)
    return count
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
