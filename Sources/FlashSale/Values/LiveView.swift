// A sale at a moment, for those who watch it.

/// How a sale stands.
public struct LiveView: Sendable {
    public let sale: Sale
    public let now: Timestamp
    public let stock: StockCount
    /// How far the line of its waiting room is; nil without one, and if that is not known.
    public var line: LineCount?
    /// Which units are free; nil if the gate does not know, or if the sale is too large to follow each unit.
    private let free: UnitSet?

    public init(sale: Sale, now: Timestamp, stock: StockCount, free: UnitSet?) {
        self.sale = sale
        self.now = now
        self.stock = stock
        self.free = free
    }

    /// Where nothing is known of its line, the draw is taken to be published at the start.
    public var phase: SalePhase {
        SalePhase(of: sale, stock, isDrawn: line?.isDrawn ?? (now >= sale.startedAt), at: now)
    }

    /// Whether it knows which units are free.
    public var knowsUnits: Bool { free != nil }

    /// Whether it differs from another view of the sale in nothing but time.
    public func tellsTheSame(as other: LiveView) -> Bool {
        sale == other.sale && stock == other.stock && line == other.line && phase == other.phase
    }

    /// Whether an operator has changed the stock since an earlier view, for all that both know.
    public func hasOtherUnits(than former: LiveView) -> Bool {
        guard let free, let before = former.free else { return false }
        return free.unitCount != before.unitCount
    }

    /// The items of which other units are free than in an earlier view, the lowest numbers first. None if either does
    /// not know its units.
    public func itemsChanged(since former: LiveView, atMost limit: Int) -> [Int32] {
        guard let free, let before = former.free, free.unitCount == before.unitCount else { return [] }
        var items: [Int32] = []
        for ordinal in free.symmetricDifference(before).ordinals(from: 0, atMost: .max) {
            let item = sale.unit(at: ordinal).item
            if items.last == item { continue }
            if items.count == limit { break }
            items.append(item)
        }
        return items
    }

    /// How many units of an item are free; 0 if that is not known.
    public func free(of item: Int32) -> Int {
        let first = sale.ordinal(of: Unit(item: item, number: 1))
        return (first..<first + Int(sale.stockPerItem)).count { free?.contains($0) ?? false }
    }
}

/// How far a line is.
public struct LineCount: Hashable, Sendable {
    /// Who has a number up to this may check out.
    public let called: Int32
    /// How many numbers are not called yet; how many tickets there are, before the start.
    public let waiting: Int
    public let isDrawn: Bool

    public init(called: Int32, waiting: Int, isDrawn: Bool) {
        self.called = called
        self.waiting = waiting
        self.isDrawn = isDrawn
    }
}

/// The sale that people are shown, and when the next one starts.
public struct ShownSale: Sendable {
    public var view: LiveView
    /// The start of the next sale that has not begun; nil if none is known.
    public let nextStart: Timestamp?
}
