// When the units of a sale's items were taken, by the ledger's holds, and how many there were, by the sale's log, to
// judge refusals. It is stricter than the audit, which counts a hold until it has ended.

struct StockHistory: Sendable {
    /// The time in which a unit was held or sold, in microseconds since 1970.
    struct Span: Sendable {
        let buyer: Int
        let since: Int
        let until: Int
    }

    /// A refusal that needs a lack of stock to be true.
    struct Refusal: Hashable, Sendable {
        let buyer: Int
        let item: Int
        /// In microseconds since 1970.
        let heardAt: Int
        /// Whether it refused a late purchase; else a checkout.
        let isLate: Bool
    }

    /// The time until an expired hold's unit is for sale again: invariant I5.
    private static let expiryMax = 1_000_000
    /// A refusal must have been true within the second before the answer, plus the answer's way.
    private static let staleness = 1_250_000

    /// The units of each item from a moment on, in microseconds since 1970.
    struct Restock: Sendable {
        let since: Int
        let stock: Int
    }

    /// In their order.
    private let restocks: [Restock]
    private let spans: [Int: [Span]]

    /// - Parameter stock: the units of each item at first.
    init(stock: Int, restocks: [Restock] = [], spans: [Int: [Span]]) {
        self.restocks = [Restock(since: .min, stock: stock)] + restocks.sorted { $0.since < $1.since }
        self.spans = spans
    }

    /// Reads all holds and restocks of the only sale there is.
    init(of ledger: LedgerReader, stock: Int) async throws {
        let words = try await ledger.numbers(
            """
            SELECT unnest(ARRAY[
                h.item, split_part(c.user_id, '-', 3)::int8, (extract(epoch FROM h.held_at) * 1000000)::int8,
                CASE h.ended_as WHEN 'purchased' THEN \(Int.max)
                WHEN 'refunded' THEN (extract(epoch FROM h.ended_at) * 1000000)::int8 ELSE least(
                    (extract(epoch FROM h.ended_at) * 1000000)::int8,
                    (extract(epoch FROM h.expires_at) * 1000000)::int8 + \(Self.expiryMax)) END])
            FROM holds h JOIN checkouts c USING (sale_id, code)
            """)
        var spans: [Int: [Span]] = [:]
        for row in stride(from: 0, to: words.count, by: 4) {
            let span = Span(buyer: words[row + 1], since: words[row + 2], until: words[row + 3])
            spans[words[row], default: []].append(span)
        }
        let changes = try await ledger.numbers(
            """
            SELECT unnest(ARRAY[(extract(epoch FROM changed_at) * 1000000)::int8, (after->>'stock_per_item')::int8])
            FROM sale_events
            """)
        let restocks = stride(from: 0, to: changes.count, by: 2).map {
            Restock(since: changes[$0], stock: changes[$0 + 1])
        }
        self.init(stock: stock, restocks: restocks, spans: spans)
    }

    /// Whether there was no moment in the second before at which all units were taken; for a late payer, taken by
    /// others.
    func isFalse(_ refusal: Refusal) -> Bool {
        let from = refusal.heardAt - Self.staleness
        let taken = (spans[refusal.item] ?? []).filter { span in
            span.since <= refusal.heardAt && span.until > from && !(refusal.isLate && span.buyer == refusal.buyer)
        }
        // The fewest are free at the start of the time span, or when one more unit is taken, or when the stock falls.
        let changes = (taken.map(\.since) + restocks.map(\.since)).filter { $0 > from && $0 <= refusal.heardAt }
        return ([from] + changes).allSatisfy { moment in
            taken.count { $0.since <= moment && $0.until > moment } < stock(at: moment)
        }
    }

    private func stock(at moment: Int) -> Int { restocks.last { $0.since <= moment }?.stock ?? 0 }
}
