// Ports of the loopback interface: how to find a free one, and how to ask the server that listens on one.

import Glibc

/// A TCP port on the loopback interface.
struct LoopbackPort: Hashable, Sendable {
    let number: Int

    /// A port that is free at this moment. Another process may take it before the server does, so the caller must be
    /// ready to try another.
    static func free() throws(DevStackError) -> LoopbackPort {
        guard let number = bindable(0) else { throw .system("No free port on \(Loopback.host)", errno) }
        return LoopbackPort(number: number)
    }

    /// Whether a server could bind it now.
    var isFree: Bool { Self.bindable(number) != nil }

    /// Binds the port, 0 for any, and frees it at once; nil if it is taken.
    private static func bindable(_ number: Int) -> Int? {
        let descriptor = Loopback.openSocket()
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // As the servers do, so that connections in TIME_WAIT do not make a port taken.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard Loopback.withAddress(port: number, { bind(descriptor, $0, $1) }) == 0 else { return nil }
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            let named = bytes.withMemoryRebound(to: sockaddr.self) {
                getsockname(descriptor, $0.baseAddress, &length)
            }
            // Addresses of both families have it in the same place.
            return named == 0 ? Int(UInt16(bigEndian: bytes.loadUnaligned(as: sockaddr_in.self).sin_port)) : nil
        }
    }

    /// Connects, sends `question` and returns the first bytes that come back; empty if none come within a second.
    ///
    /// It blocks, but only on loopback and for a second at most. Only probes and tests use it.
    ///
    /// - Parameter greeting: how many bytes come before those that are returned.
    func answer(to question: [UInt8], behind greeting: Int = 0) -> [UInt8] {
        let descriptor = Loopback.openSocket()
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        guard Loopback.withAddress(port: number, { connect(descriptor, $0, $1) }) == 0,
            send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count
        else { return [] }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1_024)
        repeat {
            let count = recv(descriptor, &part, part.count, 0)
            guard count > 0 else { break }
            bytes += part.prefix(count)
        } while bytes.count <= greeting
        return Array(bytes.dropFirst(greeting))
    }

    /// Whether a GET of the path is answered with 200.
    func isOK(at path: String) -> Bool {
        let answer = answer(to: Array("GET \(path) HTTP/1.0\r\n\r\n".utf8))
        return String(decoding: answer, as: UTF8.self).prefix { $0 != "\r\n" }.contains(" 200 ")
    }
}
