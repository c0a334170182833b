// The tests' own Redis client, independent of the service's.

import Glibc

/// Sends single commands to a Redis, each on its own connection.
struct RedisConsole: Sendable {
    let port: Int
    let password: String

    /// - Parameter url: `redis://:password@host:port/…`, as the private servers write it.
    init(url: String) {
        let parts = url.split(whereSeparator: { ":@/".contains($0) })
        password = parts.count > 3 ? String(parts[1]) : ""
        port = parts.count > 3 ? Int(parts[3]) ?? 0 : 0
    }

    /// The first line of the reply to words without spaces; nil if there is none.
    func send(_ command: String) -> String? {
        send(command.split(separator: " ").map(String.init))
    }

    /// The number that a script returns; nil if it returned something else, or nothing.
    func evaluate(_ script: String, keys: [String] = []) -> Int? {
        send(["EVAL", script, String(keys.count)] + keys).flatMap { $0.hasPrefix(":") ? Int($0.dropFirst()) : nil }
    }

    private func send(_ words: [String]) -> String? {
        guard let descriptor = loopbackSocket(port: port, patienceSeconds: 10) else { return nil }
        defer { close(descriptor) }
        let bytes = Array((Self.encode(["AUTH", password]) + Self.encode(words)).utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            return nil
        }
        var received: [UInt8] = []
        while received.count(where: { $0 == 10 }) < 2 {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received += buffer[..<count]
        }
        return String(decoding: received, as: UTF8.self).split(separator: "\r\n").dropFirst().first.map(String.init)
    }

    private static func encode(_ words: [String]) -> String {
        words.reduce("*\(words.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
    }
}
