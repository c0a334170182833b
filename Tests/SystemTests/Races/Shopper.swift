// One buyer of a race: it wants the item with its own number, and pays at once.

import Synchronization

struct Shopper: Sendable {
    private static let retriesMax = 20

    private let buyer: String
    private let item: String
    private let hasKeys: Bool

    /// - Parameter hasKeys: whether it sends a key with all it asks for, and so may ask again whatever happens.
    init(_ number: Int, in sale: Int, hasKeys: Bool = false) {
        buyer = "buyer-\(number)"
        item = "ITM-\(sale)-\(number + 1)"
        self.hasKeys = hasKeys
    }

    /// Checks out over the first connection, purchases over the last, and returns the two final statuses.
    func checkOutAndPurchase(over connections: [HTTPConnection]) throws -> [Int] {
        let checkout = try ask(connections[0], "/checkout?user_id=\(buyer)&id=\(item)", key: "checkout-\(item)")
        guard let code = checkout.code else { return [checkout.status] }
        let target = "/purchase?code=\(code)"
        return [200, try ask(connections[connections.count - 1], target, key: "purchase-\(item)").status]
    }

    /// Asks again when it was shed, and with a key whenever it is told to come back: it then gets the first answer.
    private func ask(_ connection: HTTPConnection, _ target: String, key: String) throws -> HTTPAnswer {
        guard hasKeys else { return try connection.sendUntilLetIn("POST", target) }
        let fields = [("Idempotency-Key", key)]
        var answer = try connection.send("POST", target, fields: fields)
        var retries = 0
        while answer.status == 503 && retries < Self.retriesMax {
            answer = try connection.send("POST", target, fields: fields)
            retries += 1
        }
        return answer
    }
}

/// Tells the last of many callers that it is the last.
final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) {
        left = Atomic(count)
    }

    func isLast() -> Bool { left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 }
}
