// What the ledger keeps of a sale, counted in steps of time. HistoryReader reads it, HistoryPage tells it.

internal import Reports

/// The history of one sale.
struct SaleHistory {
    /// The sale as it is now.
    struct Terms {
        /// In microseconds since 1970.
        var startedAt: Int64
        var endedAt: Int64
        var itemCount: Int
        var stockPerItem: Int
        var limit: Int
        var holdSeconds: Int
        var pause: String?
        var isArchived: Bool
        var free: Int
        var held: Int
        var sold: Int
        /// How long before the start its waiting room opened; nil without one.
        var gatherSeconds: Int?
        /// The database's clock.
        var now: Int64

        var units: Int { itemCount * stockPerItem }
    }

    /// Orders of one currency in a step.
    struct Takings {
        var orders = 0
        var minorUnits: Int64 = 0
    }

    /// How many buyers came how far.
    struct Buyers {
        var joined = 0
        var came = 0
        var took = 0
        var bought = 0
        /// From the opening of a cart to its order, in seconds: half of the orders, and nine in ten. Nil if there is
        /// no order.
        var halfAfter: Double?
        var mostAfter: Double?
    }

    /// The line of a waiting room at the end of a step.
    struct LineStep {
        var step: Int
        var called: Int
        var waiting: Int
        var pace: Int
    }

    /// A change of the sale's terms.
    struct Act {
        var version: Int
        /// In microseconds since 1970.
        var at: Int64
        var act: String
        var actor: String
        var reason: String
    }

    /// How holds end, as the ledger names it.
    static let ends = ["purchased", "expired", "cancelled", "sale_ended", "refunded"]

    /// The same for people.
    static let words = [
        "purchased": "bought", "expired": "ran out unpaid", "cancelled": "given back",
        "sale_ended": "cut off by the sale's end", "refunded": "bought and refunded",
    ]

    let number: Int32
    var terms: Terms
    var clock: StoryClock
    /// How many units were `held`, `purchased`, `expired` and so on, in each step.
    var units: [String: [Int]] = [:]
    /// Carts that were opened in each step.
    var carts: [Int] = []
    /// Orders in each step, by currency.
    var takings: [String: [Takings]] = [:]
    var buyers = Buyers()
    var line: [LineStep] = []
    var acts: [Act] = []
    /// The holds that ended unpaid or were refunded, and those that were bought, each with what it was like.
    var unpaid: Records
    var bought: Records

    /// Holds beyond so many are looked at by a sample of their carts.
    private static let sampleMax = 200_000

    /// One cart in so many, a power of two, is looked at for what holds have in common.
    var sampledFrom: Int {
        var from = 1
        while total("held") / from > Self.sampleMax { from *= 2 }
        return from
    }

    /// How many units went a way in all.
    func total(_ state: String) -> Int { units[state]?.reduce(0, +) ?? 0 }

    /// A count at the end of each step: what came to it less what went from it.
    func level(_ coming: [String], less going: [String]) -> [Int] {
        var level = 0
        return (0..<clock.count).map { step in
            func sum(_ states: [String]) -> Int { states.reduce(0) { $0 + (units[$1]?[step] ?? 0) } }
            level += sum(coming) - sum(going)
            return level
        }
    }

    /// When the last free unit went, if none is free: in seconds from the start.
    var soldOutAfter: Double? {
        guard terms.free == 0, terms.held == 0 else { return nil }
        let sold = level(["purchased"], less: ["refunded"])
        return sold.firstIndex { $0 >= terms.units }.map { clock.end(of: $0) }
    }
}
