// What the drift check knows of the ledger, and which part of it to read next. Pure: parts and changes in.

/// The ledger's stock, a bit or two for each unit, kept up by the changes that the ledger tells.
///
/// The sale is first read slice by slice, without a rest. After that one slice at a time is read again, to find what no
/// change has told: someone's edit of the tables, or a mistake of ours. A slice rests for ``restPerTime`` times as long
/// as it took to read, so this costs one hundredth of one connection's time.
///
/// A slice, or a look at a unit, may be newer than the changes that are read after it. Then older changes are replayed
/// over it. The last of them is what the slice had seen, so the mirror is right again as soon as the changes are read
/// to their end. Compare it only then.
struct LedgerMirror {
    typealias Instant = ContinuousClock.Instant

    /// The units of a slice: whole words of a ``UnitSet``, and few enough to hold a connection only for a short time.
    static let unitsPerSlice = 320 * UnitSet.unitsPerWord
    /// How long a slice rests, as a multiple of the time that it took.
    static let restPerTime = 100
    /// The shortest rest.
    static let restMin = Duration.seconds(1)

    /// The ledger's stock as far as it is known.
    private(set) var stock: StockBits
    /// Whether every slice has been read.
    private(set) var isWhole = false
    private let unitsPerSlice: Int
    private var next = 0
    private var restsUntil: Instant?

    init(unitCount: Int, unitsPerSlice: Int = LedgerMirror.unitsPerSlice) {
        stock = StockBits(unitCount: unitCount)
        self.unitsPerSlice = unitsPerSlice
    }

    /// The units to read now; nil if the next slice rests.
    func slice(at now: Instant) -> Range<Int>? {
        if let restsUntil, now < restsUntil { return nil }
        return next..<min(next + unitsPerSlice, stock.unitCount)
    }

    /// Takes a slice that was read.
    mutating func take(_ part: StockBits, of slice: Range<Int>, from start: Instant, to end: Instant) {
        stock.replace(from: slice.lowerBound, with: part)
        next = slice.upperBound
        if next == stock.unitCount {
            next = 0
            isWhole = true
        }
        if isWhole { restsUntil = end + max(Self.restMin, (end - start) * Self.restPerTime) }
    }

    /// Reads all slices again, without a rest.
    mutating func startOver() {
        (next, isWhole, restsUntil) = (0, false, nil)
    }

    /// Takes a change that the ledger has told.
    mutating func take(_ change: UnitChange, of sale: Sale) {
        for ordinal in change.units.lazy.map(sale.ordinal(of:)) {
            switch change.kind {
            case .held: stock.markHeld(ordinal)
            case .sold: stock.markSold(ordinal)
            case .free: stock.markFree(ordinal)
            case .doubted: break
            }
        }
    }

    /// Takes the state of a unit that was looked at.
    mutating func take(_ state: UnitState, of ordinal: Int) {
        switch state {
        case .free: stock.markFree(ordinal)
        case .held: stock.markHeld(ordinal)
        case .sold: stock.markSold(ordinal)
        case .unknown: break
        }
    }
}
