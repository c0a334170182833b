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

    /// Orders and refunds of one currency in a step.
    struct Takings {
        var orders = 0
        var minorUnits: Int64 = 0
        var unitsRefunded = 0
        var minorUnitsRefunded: Int64 = 0

        static func + (one: Self, other: Self) -> Self {
            Self(
                orders: one.orders + other.orders, minorUnits: one.minorUnits + other.minorUnits,
                unitsRefunded: one.unitsRefunded + other.unitsRefunded,
                minorUnitsRefunded: one.minorUnitsRefunded + other.minorUnitsRefunded)
        }
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

    /// What an act has changed. Times are in microseconds since 1970.
    enum Change {
        /// The units of each item.
        case stock(from: Int, to: Int)
        case limit(from: Int, to: Int)
        /// Of the line, in buyers a second; nil as the usher finds it.
        case pace(from: Int?, to: Int?)
        case end(from: Int64, to: Int64)
        case price(item: Int, from: Int64, to: Int64, currency: String)
        case refund(order: Int64, units: Int, minorUnits: Int64, currency: String)
    }

    /// A change of the sale.
    struct Act {
        var version: Int
        /// In microseconds since 1970.
        var at: Int64
        var act: String
        var actor: String
        var reason: String
        var changes: [Change] = []
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
        guard sold.last == terms.units else { return nil }
        return clock.end(of: sold.lastIndex { $0 < terms.units }.map { $0 + 1 } ?? 0)
    }

    /// The orders and refunds of each currency in all, the largest sum first.
    var totals: [(currency: String, all: Takings)] {
        takings.map { ($0, $1.reduce(Takings(), +)) }
            .sorted { ($1.1.minorUnits, $0.0) < ($0.1.minorUnits, $1.0) }
    }

    /// The units of each item from a moment on, in seconds from the start: at first, and after each restock.
    var stocks: [(from: Double, stock: Int)] {
        let restocks = acts.flatMap { act in
            act.changes.compactMap { change -> (at: Double, from: Int, to: Int)? in
                if case .stock(let from, let to) = change { (clock.seconds(act.at), from, to) } else { nil }
            }
        }
        let first = restocks.first?.from ?? terms.stockPerItem
        return [(clock.axis.lowerBound, first)] + restocks.map { ($0.at, $0.to) }
    }
}
