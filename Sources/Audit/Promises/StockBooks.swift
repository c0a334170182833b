// When units of each item may have been taken: by the journal, every request that may have taken a unit; by the
// database, the holds and sold units themselves.

/// Tells how many units of an item were taken at most, at any moment of a time span.
struct StockBooks {
    /// The time in which a cart may have taken a unit of an item.
    private struct Claim {
        let code: String?
        let from: Int64
        let until: Int64
        let soldFrom: Int64?
    }

    private var claims: [Int32: [Claim]] = [:]
    private var occupancies: [Int32: [Evidence.Occupancy]]?

    /// When units were taken and became free again, over all items, in order.
    private var begins: [Int64] = []
    private var ends: [Int64] = []
    /// An item that the service lists as not sold at the end, and that never was.
    let itemListed: Int32?
    private let sale: SaleFacts
    /// The log of the sale, as the database has it.
    private let log: SaleLog?

    /// Whether the database was seen.
    var isSeen: Bool { occupancies != nil }

    init(_ audit: PromiseAudit) {
        sale = audit.history.sale
        log = audit.evidence.log
        let refunded = audit.evidence.itemsRefunded
        let listed = audit.evidence.items?.values.filter { !$0.isSold && !refunded.contains($0.number) }
        itemListed = log?.wasRestocked == true ? nil : listed?.map(\.number).min()
        occupancies = audit.evidence.occupancies.map { Dictionary(grouping: $0, by: \.item) }
        for exchange in audit.history.exchanges where exchange.endpoint == .checkout {
            guard exchange.outcome == .won || exchange.isUncertain else { continue }
            let cart = exchange.codeGiven.flatMap { audit.carts[$0] }
            // A purchase that may have had its effect keeps the unit for ever.
            let purchase = cart?.purchases.filter { $0.outcome == .won || $0.isUncertain }.map(\.sent).min()
            var until = Int64.max
            if purchase == nil, let expires = exchange.expires {
                until = expires * 1_000_000 - audit.history.wall + PromiseAudit.holdGrace
                // A cancellation ends it by the time of its answer.
                let cancelled = cart?.cancellations.filter { $0.outcome == .won }.map(\.answered).min()
                until = min(until, cancelled ?? .max)
            }
            // A checkout without an answer may have made a cart that a later answer names, so its unit may be sold too.
            let soldFrom = cart == nil ? exchange.sent : purchase
            claims[exchange.item, default: []].append(
                Claim(code: exchange.codeGiven, from: exchange.sent, until: until, soldFrom: soldFrom))
        }
        if let seen = audit.evidence.occupancies {
            begins = seen.map(\.from).sorted()
            ends = seen.map(\.until).sorted()
        } else {
            begins = claims.values.joined().map(\.from).sorted()
            ends = claims.values.joined().map(\.until).sorted()
        }
    }

    /// The fewest units of all items that counted at some moment of the time span: those in the database, or those that
    /// were free at the start.
    func units(from: Int64, until: Int64) -> Int {
        guard isSeen else { return sale.availableInAllAtLeast }
        return sale.itemCount * (log?.stocks(from: from, until: until).min() ?? sale.stock)
    }

    /// How many units of all items were taken at most, at some moment of the time span.
    func allTaken(from: Int64, until: Int64) -> Int {
        Self.count(of: begins, below: until) - Self.count(of: ends, below: from)
    }

    private static func count(of moments: [Int64], below bound: Int64) -> Int {
        moments.partitioningIndex { $0 >= bound }
    }

    /// By the database: the item's units, and how many of them were taken, at the moment of the time span at which the
    /// fewest were free. Nil without the database.
    func tightest(_ item: Int32, from: Int64, until: Int64) -> (stock: Int, taken: Int)? {
        guard let occupancies else { return nil }
        let spans = (occupancies[item] ?? []).filter { $0.from < until && $0.until > from }
        // It is at the start of the time span, or when one more unit is taken, or when the stock falls.
        let moments =
            [from] + spans.map(\.from).filter { $0 > from } + (log?.changes(from: from, until: until) ?? [])
        return moments.map { moment in
            (
                stock: log?.stock(at: moment) ?? sale.stock,
                taken: spans.count { $0.from <= moment && $0.until > moment }
            )
        }.min { $0.stock - $0.taken < $1.stock - $1.taken }
    }

    /// By the journal: how many units others may have held or bought at some moment of the time span.
    func possiblyTaken(_ item: Int32, from: Int64, until: Int64, isSold: Bool, besides code: String?) -> Int {
        (claims[item] ?? []).filter { claim in
            guard code == nil || claim.code != code else { return false }
            if isSold { return claim.soldFrom.map { $0 < until } ?? false }
            return claim.from < until && claim.until > from
        }.count
    }
}
