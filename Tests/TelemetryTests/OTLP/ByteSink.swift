// A server for one connection: it reads a request and sends a given answer.

import Glibc

@testable import TelemetryExport

final class ByteSink: Sendable {
    let port: UInt16
    private let listener: Int32
    private let answer: String

    init?(answer: String) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && getsockname(listener, address, &size) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        self.answer = answer
        guard isBound, listen(listener, 1) == 0 else { return nil }
    }

    deinit { close(listener) }

    /// Reads a client's bytes up to these last words, then answers.
    func receive(endingWith end: String) async -> String? {
        await withOwnThread(named: "sink") { [self] _ in
            let connection = accept(listener, nil, nil)
            defer { close(connection) }
            var text = ""
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while !text.hasSuffix(end) {
                let count = recv(connection, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                text += String(decoding: buffer[..<count], as: UTF8.self)
            }
            _ = answer.withCString { send(connection, $0, strlen($0), 0) }
            return text
        }
    }
}
