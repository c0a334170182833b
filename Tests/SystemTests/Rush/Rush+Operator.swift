// The operator of a rush: it changes prices, restocks and refunds while buyers buy and something is broken.

import Glibc
import Synchronization
import Textbook

extension Rush {
    /// What the keys of its changes begin with.
    static let changeKey = "change"
    /// The most units of an item that it adds. Scarce items still sell out.
    private static let unitsAddedMax = 3
    /// More than any item costs at first.
    private static let priceMin = 1_000_000
    /// In milliseconds. Restocks and refunds give the gate a new epoch, and it is loaded at most every 500 ms: without
    /// long pauses after them buyers would hardly meet a gate.
    private static let shortPauses: ClosedRange<Int32> = 20...100
    private static let longPauses: ClosedRange<Int32> = 300...900
    private static let comeBackPause: Int32 = 50

    /// Makes one change after another until the rush is over, or calm and has had a change of every kind.
    func operate() {
        var connections: [Int: HTTPConnection] = [:]
        var generator = SplitMix64(seed: ~seed)
        for number in 0... {
            if isOperatedEnough { return }
            let kind = RushChange.Kind.allCases[number % RushChange.Kind.allCases.count]
            for change in changes(kind, number, &generator) { make(change, number, &connections) }
            let pauses = kind == .price ? Self.shortPauses : Self.longPauses
            poll(nil, 0, Int32.random(in: pauses, using: &generator))
        }
    }

    private var isOperatedEnough: Bool {
        state.withLock { $0.isOver || $0.isCalm && $0.tally.changes.count == RushChange.Kind.allCases.count }
    }

    /// Changes to make one right after another; none if buyers have done nothing yet that they could be about.
    private func changes(_ kind: RushChange.Kind, _ number: Int, _ generator: inout SplitMix64) -> [RushChange] {
        let key = "\(Self.changeKey)-\(number)"
        switch kind {
        case .price:
            guard let item = state.withLock({ $0.newestItem }) else { return [] }
            // Another one than it has: what changes nothing is not logged.
            let price = Self.priceMin + number
            return [
                RushChange(
                    kind: kind, key: key, method: "PATCH", target: "/admin/sales/\(sale)/items/\(item)",
                    body: #"{"reason":"chaos","price":\#(price)}"#)
            ]
        case .restock:
            // The stock may be lowered until a buyer has one of the new units.
            let now = state.withLock { $0.stock }
            let stocks = now < Self.stock + Self.unitsAddedMax ? [now + 1, now] : [now - 1]
            return stocks.map { stock in
                RushChange(
                    kind: kind, key: "\(key)-to-\(stock)", method: "PATCH", target: "/admin/sales/\(sale)",
                    body: #"{"reason":"chaos","stock_per_item":\#(stock)}"#, stock: stock)
            }
        case .refund:
            let order = state.withLock { state in
                state.newestOrders.indices.randomElement(using: &generator).map { state.newestOrders.remove(at: $0) }
            }
            guard let order else { return [] }
            return [
                RushChange(
                    kind: kind, key: key, method: "POST", target: "/admin/orders/\(order.code)/refund",
                    body: #"{"reason":"chaos"}"#, refunded: order.buyer.number)
            ]
        }
    }

    /// Asks until the answer is final.
    private func make(_ change: RushChange, _ number: Int, _ connections: inout [Int: HTTPConnection]) {
        let end = ContinuousClock.now + Self.patience
        let fields = [
            ("Authorization", "Bearer \(Deployment.adminToken)"), ("Content-Type", "application/json"),
            ("If-Match", "*"), ("Idempotency-Key", change.key),
        ]
        for attempt in 0... {
            let start = ContinuousClock.now
            if start > end { break }
            let port = state.withLock { $0.ports[(number + attempt) % $0.ports.count] }
            let connection = connections[port] ?? HTTPConnection(port: port)
            connections[port] = connection
            do throws(HTTPFailure) {
                let answer = try connection.send(
                    change.method, change.target, fields: fields, body: Array(change.body.utf8))
                if note(answer, to: change, after: ContinuousClock.now - start) { return }
                poll(nil, 0, Self.comeBackPause)
            } catch {
                note(error)
                if case .refused = error { poll(nil, 0, Self.refusedPause) }
            }
        }
        state.withLock { _ = $0.tally.strange.insert("the operator never learned what became of a \(change.kind)") }
    }

    /// Returns whether the answer is final.
    private func note(_ answer: HTTPAnswer, to change: RushChange, after time: Duration) -> Bool {
        state.withLock { state in
            state.tally.requests += 1
            state.tally.slowest = max(state.tally.slowest, time)
            switch answer.status {
            case 200:
                state.tally.acknowledged += 1
                state.tally.changes[change.kind, default: 0] += 1
                if let stock = change.stock { state.stock = stock }
                if let buyer = change.refunded { state.tally.refunded.insert(buyer) }
            case 503: state.tally.changesUnavailable += 1
            default:
                state.tally.changesRefused += 1
                if !change.mayGet(answer) {
                    state.tally.strange.insert("\(answer.status) \(answer.reason ?? "") to a \(change.kind)")
                }
            }
            return answer.status != 503
        }
    }
}
