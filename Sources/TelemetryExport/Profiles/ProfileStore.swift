// Uploads a file to a store by HTTP/1.1 PUT. It blocks, and runs on the profiler's own thread.

// Without TLS the compiler takes the C types of time for those of the first C module that has them, which is this one.
internal import CLinux
internal import Glibc

/// The store of the profiles: `http://host[:port]/prefix[?query]`.
public struct ProfileStore: Sendable {
    /// The time limit of each step: connect, send, receive.
    private static let timeoutSeconds = 10

    private let host: String
    private let port: String
    private let prefix: String
    private let query: String

    /// Nil if the address is not of that form.
    public init?(url: String) {
        let scheme = "http://"
        guard url.hasPrefix(scheme), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest.dropFirst(authority.count)
        let path = target.prefix { $0 != "?" }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty, !authority.contains("@") else { return nil }
        if parts.count == 2, UInt16(parts[1]) == nil { return nil }
        host = String(parts[0])
        port = parts.count == 2 ? String(parts[1]) : "80"
        prefix = path.hasSuffix("/") ? String(path) : "\(path)/"
        query = String(target.dropFirst(path.count))
    }

    /// Whether the store has it now.
    func put(_ bytes: [UInt8], name: String) -> Bool {
        let socket = connected()
        guard socket >= 0 else { return false }
        defer { close(socket) }
        let head = """
            PUT \(prefix)\(name)\(query) HTTP/1.1\r\nHost: \(host):\(port)\r\n\
            Content-Type: application/octet-stream\r\nContent-Length: \(bytes.count)\r\nConnection: close\r\n\r\n
            """
        guard send(Array(head.utf8), to: socket), send(bytes, to: socket) else { return false }
        let status = statusLine(from: socket)
        return status.hasPrefix("HTTP/1.") && status.dropFirst(8).hasPrefix(" 2")
    }

    private func connected() -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0 else { return -1 }
        defer { freeaddrinfo(found) }
        var next = found
        while let address = next?.pointee {
            let socket = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            var limit = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
            if connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return socket }
            close(socket)
            next = address.ai_next
        }
        return -1
    }

    private func send(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var sent = 0
        return bytes.withUnsafeBytes { buffer in
            while sent < buffer.count {
                let count = Glibc.send(
                    socket, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// The beginning of the answer, with its status.
    private func statusLine(from socket: Int32) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < 64, byte != UInt8(ascii: "\n") {
            let count = recv(socket, &byte, 1, 0)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
