// When the units of a sale's items were taken, by the ledger's holds, to judge refusals. It is stricter than the audit,
// which counts a hold until it has ended.

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

    private let stock: Int
    private let spans: [Int: [Span]]

    init(stock: Int, spans: [Int: [Span]]) {
        self.stock = stock
        self.spans = spans
    }

    /// Reads all holds of the only sale there is.
    init(of ledger: LedgerReader, stock: Int) async throws {
        let words = try await ledger.numbers(
            """
            SELECT unnest(ARRAY[
                h.item, split_part(c.user_id, '-', 3)::int8, (extract(epoch FROM h.held_at) * 1000000)::int8,
                CASE h.ended_as WHEN 'purchased' THEN \(Int.max) ELSE least(
                    (extract(epoch FROM h.ended_at) * 1000000)::int8,
                    (extract(epoch FROM h.expires_at) * 1000000)::int8 + \(Self.expiryMax)) END])
            FROM holds h JOIN checkouts c USING (sale_id, code)
            """)
        var spans: [Int: [Span]] = [:]
        for row in stride(from: 0, to: words.count, by: 4) {
            let span = Span(buyer: words[row + 1], since: words[row + 2], until: words[row + 3])
            spans[words[row], default: []].append(span)
        }
        self.init(stock: stock, spans: spans)
    }

    /// Whether there was no moment in the second before at which all units were taken; for a late payer, taken by
    /// others.
    func isFalse(_ refusal: Refusal) -> Bool {
        let from = refusal.heardAt - Self.staleness
        let taken = (spans[refusal.item] ?? []).filter { span in
            span.since <= refusal.heardAt && span.until > from && !(refusal.isLate && span.buyer == refusal.buyer)
        }
        // The maximum is at the start of the time span, or when one more unit is taken.
        return ([from] + taken.map(\.since)).allSatisfy { moment in
            taken.count { $0.since <= moment && $0.until > moment } < stock
        }
    }
}
