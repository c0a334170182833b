// Buyers that go on buying while something is broken, and the answers that they got.

import Foundation
import Synchronization
import Testing

/// An endless crowd: each thread sends one buyer after the other. Each buyer checks out one item; then it pays, at once
/// or late, or cancels, or leaves.
///
/// A buyer without an answer, or with a 503, asks again with the same key until it knows the outcome, unless it leaves
/// anyway. So every unknown outcome is settled when the rush is over. The wanted items depend only on the seed.
///
/// If it is operated, an operator changes the sale meanwhile.
final class Rush: Sendable {
    struct State {
        var tally = Tally()
        var ports: [Int]
        var nextBuyer = 0
        /// Late payers with their times, in milliseconds since 1970.
        var late: [(cart: RushCart, due: Int)] = []
        /// The units of each item, as the operator knows.
        var stock = Rush.stock
        /// The item of the newest hold, and the newest orders: what the operator changes.
        var newestItem: Int?
        var newestOrders: [RushCart] = []
        var isCalm = false
        var isOver = false
    }

    /// The next step of a thread.
    private enum Errand {
        case come(RushBuyer)
        case payLate(RushCart)
    }

    private static let width = 8
    /// The time after which a buyer gives up.
    static let patience = Duration.seconds(60)

    /// In milliseconds.
    static let refusedPause: Int32 = 5
    private static let newestOrdersMax = 40

    /// The units of each item of a rush's sale, until an operator restocks it, and the limit of a buyer.
    static let stock = 4
    static let limit = 10

    let journal: RushJournal
    let sale: Int
    let seed: UInt64
    let state: Mutex<State>
    private let items: Int
    private let isOperated: Bool

    /// - Parameters:
    ///   - items: the number of the sale's items.
    ///   - ports: of the services; a buyer without an answer from one asks the next.
    ///   - isOperated: whether an operator restocks, refunds and changes prices.
    init(sale: Int, items: Int, ports: [Int], seed: UInt64, isOperated: Bool = false) {
        self.sale = sale
        self.items = items
        self.seed = seed
        self.isOperated = isOperated
        journal = RushJournal(sale: sale, items: items, stock: Self.stock, limit: Self.limit)
        state = Mutex(State(ports: ports))
    }

    var tally: Tally { state.withLock { $0.tally } }

    /// Sends buyers until the body returns and the last of them knows its outcome.
    func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        let width = Self.width + (isOperated ? 1 : 0)
        async let crowd: [Void] = Crowd.run(width, width: width, ports: []) { [self] _, number in
            if number < Self.width { work() } else { operate() }
        }
        let result: Result
        do {
            result = try await body()
        } catch {
            state.withLock { $0.isOver = true }
            _ = try? await crowd
            throw error
        }
        state.withLock { $0.isOver = true }
        _ = try await crowd
        return result
    }

    /// Replaces a service that is gone.
    func replace(_ port: Int, by other: Int) {
        state.withLock { state in
            state.ports = state.ports.map { $0 == port ? other : $0 }
        }
    }

    /// From now on buyers that would leave or pay late pay at once, so that the rush ends with few holds.
    func calmDown() {
        state.withLock { $0.isCalm = true }
    }

    // MARK: The buyers

    private func work() {
        var connections: [Int: HTTPConnection] = [:]
        while let errand = nextErrand() {
            switch errand {
            case .come(let buyer): come(buyer, &connections)
            case .payLate(let cart):
                if pay(cart, &connections) != nil { state.withLock { $0.tally.late += 1 } }
            }
        }
    }

    private func nextErrand() -> Errand? {
        state.withLock { state in
            if state.isOver { return nil }
            let now = Self.wallMicroseconds / 1_000
            if let next = state.late.firstIndex(where: { $0.due <= now }) {
                return .payLate(state.late.remove(at: next).cart)
            }
            defer { state.nextBuyer += 1 }
            return .come(RushBuyer(state.nextBuyer, of: items, seed: seed))
        }
    }

    private func come(_ buyer: RushBuyer, _ connections: inout [Int: HTTPConnection]) {
        let isCalm = state.withLock { $0.isCalm }
        guard let cart = checkOut(buyer, key: buyer.kind == .leaves ? nil : "c", &connections) else { return }
        switch buyer.kind {
        case .pays: pay(cart, &connections)
        case .leaves, .paysLate:
            if isCalm {
                pay(cart, &connections)
            } else if buyer.kind == .paysLate {
                state.withLock { $0.late.append((cart, cart.expires + buyer.lateness)) }
            }
        case .cancels: cancel(cart, &connections)
        case .cancelsAndPays:
            cancel(cart, &connections)
            if let again = checkOut(buyer, key: "d", &connections) { pay(again, &connections) }
        }
    }

    private func checkOut(
        _ buyer: RushBuyer, key: String?, _ connections: inout [Int: HTTPConnection]
    ) -> RushCart? {
        let request = RushRequest(
            kind: .checkout, buyer: buyer.number, item: buyer.item, subject: String(buyer.item),
            target: "/checkout?user_id=\(RushJournal.user(buyer.number))&id=ITM-\(sale)-\(buyer.item)",
            key: key.map { "\($0)-\(buyer.number)" })
        guard let answer = ask(request, &connections), answer.status == 200 else { return nil }
        state.withLock { state in
            _ = state.tally.holders.insert(buyer.number)
            state.newestItem = buyer.item
            if answer.code == nil || answer.expires == nil { state.tally.strange.insert("a hold without code or end") }
        }
        guard let code = answer.code, let expires = answer.expires else { return nil }
        return RushCart(buyer: buyer, code: code, expires: expires)
    }

    @discardableResult
    private func pay(_ cart: RushCart, _ connections: inout [Int: HTTPConnection]) -> RushAnswer? {
        let number = cart.buyer.number
        let request = RushRequest(
            kind: .purchase, buyer: number, item: cart.buyer.item, subject: cart.code,
            target: "/purchase?code=\(cart.code)", key: "p-\(number)", holdEnds: cart.expires)
        let answer = ask(request, &connections)
        guard let answer, answer.status == 200 else { return answer }
        state.withLock { state in
            state.tally.payers.insert(number)
            state.tally.lastOrderAt = .now
            state.newestOrders.append(cart)
            if state.newestOrders.count > Self.newestOrdersMax { state.newestOrders.removeFirst() }
            if answer.soldItems != [cart.buyer.item] {
                state.tally.strange.insert("buyer \(number) was sold \(answer.soldItems), not \(cart.buyer.item)")
            }
        }
        return answer
    }

    private func cancel(_ cart: RushCart, _ connections: inout [Int: HTTPConnection]) {
        let number = cart.buyer.number
        let request = RushRequest(
            kind: .cancel, buyer: number, item: cart.buyer.item, subject: cart.code,
            target: "/checkout?code=\(cart.code)", holdEnds: cart.expires)
        guard ask(request, &connections)?.status == 200 else { return }
        state.withLock { _ = $0.tally.cancellers.insert(number) }
    }

    /// Asks until an answer is final; a buyer that leaves asks once.
    private func ask(_ request: RushRequest, _ connections: inout [Int: HTTPConnection]) -> RushAnswer? {
        let end = ContinuousClock.now + Self.patience
        let isPatient = request.key != nil || request.kind == .cancel
        for attempt in 0... {
            let start = ContinuousClock.now
            if start > end { break }
            let port = state.withLock { $0.ports[(request.buyer + attempt) % $0.ports.count] }
            let connection = connections[port] ?? HTTPConnection(port: port)
            connections[port] = connection
            let number = journal.sent(request)
            do throws(HTTPFailure) {
                let fields = request.key.map { [("Idempotency-Key", $0)] } ?? []
                let raw = try connection.send(request.method, request.target, fields: fields)
                let answer = RushAnswer(raw, to: request.kind)
                journal.answered(number, answer)
                note(answer, to: request, attempt: attempt, after: ContinuousClock.now - start)
                if !asksToComeBack(answer) { return answer }
            } catch {
                journal.answered(number, nil)
                note(error)
                // A buyer that is refused leaves the processor to the services that start.
                if case .refused = error { poll(nil, 0, Self.refusedPause) }
            }
            if !isPatient { return nil }
        }
        state.withLock { _ = $0.tally.strange.insert("a buyer never learned its outcome") }
        return nil
    }

    private func asksToComeBack(_ answer: RushAnswer) -> Bool {
        [429, 500, 502, 503, 504].contains(answer.status) || answer.reason == "purchase_in_progress"
    }

    func note(_ failure: HTTPFailure) {
        state.withLock { state in
            if case .refused = failure {
                state.tally.refused += 1
            } else {
                state.tally.requests += 1
                state.tally.unknown += 1
            }
        }
    }

    private func note(_ answer: RushAnswer, to request: RushRequest, attempt: Int, after time: Duration) {
        let now = Self.wallMicroseconds
        let refusal = StockHistory.Refusal(
            buyer: request.buyer, item: request.item, heardAt: now, isLate: request.kind != .checkout)
        state.withLock { state in
            state.tally.requests += 1
            state.tally.slowest = max(state.tally.slowest, time)
            switch (request.kind, answer.status, answer.reason) {
            case (_, 200, _): state.tally.acknowledged += 1
            case (_, 503, _), (_, 429, _):
                state.tally.unavailable += 1
                state.tally.reasons.insert(answer.reason ?? "")
                if !answer.isRetryDated { state.tally.strange.insert("a \(answer.status) without Retry-After") }
            case (.checkout, 409, "item_held"):
                state.tally.held += 1
                state.tally.refusals.append(refusal)
            case (.checkout, 409, "item_sold"):
                state.tally.sold += 1
                state.tally.refusals.append(refusal)
            case (.purchase, 409, "purchase_in_progress"): break
            // Until its end a hold is its buyer's, to pay or to cancel, however often the buyer asks.
            case (.purchase, 410, "checkout_expired") where Self.hasEnded(request, at: now):
                state.tally.lapsed += 1
                state.tally.refusals.append(refusal)
            case (.cancel, 410, "checkout_expired") where Self.hasEnded(request, at: now): break
            case (.cancel, 410, "checkout_expired") where attempt > 0:
                // The cart is closed, which only the cancellation without an answer can have done.
                state.tally.cancellers.insert(request.buyer)
            default:
                let what = "\(answer.status) \(answer.reason ?? "") to attempt \(attempt + 1) of a \(request.kind)"
                state.tally.strange.insert("\(what) of \(request.subject) by buyer \(request.buyer)")
            }
        }
    }

    private static func hasEnded(_ request: RushRequest, at moment: Int) -> Bool {
        request.holdEnds.map { $0 <= moment / 1_000 } ?? false
    }

    /// Milliseconds since 1970, like the ends of holds in answers.
    private static var wallMicroseconds: Int { Int(Date.now.timeIntervalSince1970 * 1_000_000) }
}
