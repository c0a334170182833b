// One buyer of a race: he wants the item that has his number, and pays at once.

import Glibc
import Synchronization

struct Shopper: Sendable {
    private let buyer: String
    private let item: String
    private let retriesMax: Int

    init(_ number: Int, in sale: Int, retriesMax: Int = 0) {
        buyer = "buyer-\(number)"
        item = "ITM-\(sale)-\(number + 1)"
        self.retriesMax = retriesMax
    }

    /// Checks out over the first connection, purchases over the last, and returns the two final statuses.
    func checkOutAndPurchase(over connections: [HTTPConnection]) throws -> [Int] {
        let checkout = try ask(connections[0], "/checkout?user_id=\(buyer)&id=\(item)", key: "checkout-\(item)")
        guard let code = checkout.code else { return [checkout.status] }
        let target = "/purchase?code=\(code)"
        return [200, try ask(connections[connections.count - 1], target, key: "purchase-\(item)").status]
    }

    /// Asks again when told to come back. The key then makes the answer that of the first time; who never asks again
    /// needs none.
    private func ask(_ connection: HTTPConnection, _ target: String, key: String) throws -> HTTPAnswer {
        let fields = retriesMax > 0 ? [("Idempotency-Key", key)] : []
        var answer = try connection.send("POST", target, fields: fields)
        var retries = 0
        while answer.status == 503 && retries < retriesMax {
            answer = try connection.send("POST", target, fields: fields)
            retries += 1
        }
        return answer
    }
}

/// Tells one of many callers that it is the n-th.
final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) {
        left = Atomic(count)
    }

    func isLast() -> Bool { left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 }
}

/// Says single commands to a Redis, past every client of ours.
struct RedisConsole: Sendable {
    let port: Int
    let password: String

    /// - Parameter url: `redis://:password@host:port/…`, as the private servers write it.
    init(url: String) {
        let parts = url.split(whereSeparator: { ":@/".contains($0) })
        password = parts.count > 3 ? String(parts[1]) : ""
        port = parts.count > 3 ? Int(parts[3]) ?? 0 : 0
    }

    /// The first line of the answer; nil if there is none.
    func send(_ command: String) -> String? {
        guard let descriptor = loopbackSocket(port: port, patienceSeconds: 10) else { return nil }
        defer { close(descriptor) }
        let bytes = Array("AUTH \(password)\r\n\(command)\r\n".utf8)
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
}
