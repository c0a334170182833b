// The requests and answers of a rush's buyers, for `flashsale audit --journal`. It restates the format that the load
// generator writes and `History` reads, so that a change of it shows.

import Foundation
import Synchronization

/// A journal in memory until it is written: the services' faults do not reach the tests.
final class RushJournal: Sendable {
    /// In the service, buyer 4 is `load-rush-4`.
    static func user(_ buyer: Int) -> String { "load-\(run)-\(buyer)" }
    private static let run = "rush"

    private struct State {
        var requests = 0
        var text: String
    }

    private let start = ContinuousClock.now
    private let state: Mutex<State>

    init(sale: Int, items: Int, stock: Int, limit: Int) {
        let wall = Int(Date.now.timeIntervalSince1970 * 1_000_000) * 1_000
        let head = "flashsale-journal 1 run=\(Self.run) wall=\(wall) start=0 sale=\(sale) items=\(items) stock=\(stock)"
        state = Mutex(State(text: head + " limit=\(limit) target=http://127.0.0.1:1\n"))
    }

    /// Records a request before it is sent.
    ///
    /// - Returns: the request's number.
    func sent(_ request: RushRequest) -> Int {
        state.withLock { state in
            state.requests += 1
            state.text += "S \(state.requests) \(moment) \(request.buyer) \(request.kind.rawValue) \(request.subject)\n"
            return state.requests
        }
    }

    /// - Parameter answer: nil if there was none.
    func answered(_ request: Int, _ answer: RushAnswer?) {
        let words =
            answer.map { answer in
                let sold = answer.soldItems.map(String.init).joined(separator: ",")
                return [
                    String(answer.status), Self.outcome(answer), answer.reason ?? "-", answer.code ?? "-",
                    sold.isEmpty ? "-" : sold, answer.expires.map(String.init) ?? "-",
                ].joined(separator: " ")
            } ?? "0 unknown - - - -"
        state.withLock { $0.text += "A \(request) \(moment) \(words)\n" }
    }

    /// Writes the journal with its end.
    func write(to path: String) throws {
        let text = state.withLock { $0.text + "E \(moment)\n" }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Nanoseconds from the start.
    private var moment: Int { Int((ContinuousClock.now - start) / .nanoseconds(1)) }

    private static func outcome(_ answer: RushAnswer) -> String {
        switch (answer.status, answer.reason) {
        case (200, _): "won"
        case (429, _), (503, _): "shed"
        case (_, "item_sold"), (_, "item_held"), (_, "all_items_sold"): "sold_out"
        case (_, "user_limit_exceeded"): "limit"
        case (_, "validation"), (_, "item_not_in_sale"), (_, nil): "error"
        case (400..<500, _): "refused"
        default: "error"
        }
    }
}
