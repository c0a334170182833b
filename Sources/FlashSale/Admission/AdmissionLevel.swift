// Decides which requests an overloaded service sheds. Pure: delays in, a level out.
//
// A delay is a wait of the last 100 ms in a queue: the shortest for an event loop, the mean for the ledger. A burst
// that the service works off lowers the level by little. Throughput is no signal: the ledger's batches give more of it
// the longer its queue is.
//
//     6 ─── everything ─── 5 ─── no strangers ─── 4 ─── no catalogue ─── 3 ─── no room ─── 2 ─── holders alone
//
// Trust rule: holders and operators are let in at any level. Only the ledger's own queue may refuse a holder.

internal import Glibc
public import Telemetry

/// How far down the classes of requests are let in.
///
/// Each 100 ms with a delay over its target lowers the level: the first two in a row by a twentieth of a class, as a
/// queue needs a moment to be worked off, and each further one by twice as much. So a little too much costs little, and
/// a crush takes the level from the top to the bottom in a second.
///
/// - A level that lets everything in bears two such delays first: a pause of a store is no crowd.
/// - A fall goes through classes of which hardly anybody comes: they are no part of the load.
///
/// Each other 100 ms raise the level: by a tenth of a class to where it stood after the first of its last falls, which
/// was nearly right, and from there more slowly.
public struct AdmissionLevel: Sendable {
    /// How often the level is judged.
    public static let interval = Duration.milliseconds(100)
    /// The longest wait for an event loop that is no overload.
    public static let loopTarget = Duration.milliseconds(5)
    /// The longest wait for the ledger that is no overload.
    public static let ledgerTarget = Duration.milliseconds(20)

    /// The bar that lets everything in.
    public static let top = 6 * AdmissionPlace.parts
    /// The bar that lets only holders and operators in.
    public static let bottom = 2 * AdmissionPlace.parts
    /// In parts: a fiftieth of a class, which makes 20 s of four classes.
    private static let rise = AdmissionPlace.parts / 50 + 1
    private static let riseBack = AdmissionPlace.parts / 10
    private static let firstFall = AdmissionPlace.parts / 20 + 1
    private static let doublingsMax = 5
    /// How many delays in a row leave a level alone that lets everything in.
    private static let patience = 2
    /// Classes that have no more than this share of what was let in together are no part of the load.
    private static let shareMin = 0.05

    /// How many delays over their target there were in a row, and falls.
    private var (delays, falls) = (0, 0)
    /// Where the level stood after the first of its last falls in a row.
    private var barBefore = top
    /// The first place that is shed.
    public private(set) var bar = top

    public init() {}

    public var value: Double { Double(bar) / Double(AdmissionPlace.parts) }

    /// Whether everything is let in.
    public var isWhole: Bool { bar == Self.top }

    /// Another 100 ms are over.
    ///
    /// - Parameters:
    ///   - letIn: how many requests of each class were let in, in the order of the classes.
    ///   - keptOut: how many this level would have let in, and a crowd at work has kept out.
    public mutating func judge(loopDelay: Duration, ledgerDelay: Duration, letIn: [UInt64], keptOut: UInt64) {
        let excess = Double(keptOut) / Double(max(letIn.reduce(0, +), 1))
        if loopDelay > Self.loopTarget || ledgerDelay > Self.ledgerTarget || excess > Self.shareMin {
            delays += 1
            if isWhole, delays <= Self.patience { return }
            let doublings = min(max(falls - 1, 0), Self.doublingsMax)
            let fall = (Self.firstFall << doublings) + AdmissionPlace.height(ofFactor: 1 + excess)
            let above = min(bar, Self.edge(of: letIn)) - Self.bottom
            bar = Self.bottom + (above > fall ? above - fall : 0)
            if falls == 0 { barBefore = bar }
            falls += 1
        } else {
            bar = bar < barBefore ? min(bar + Self.riseBack, barBefore) : min(bar + Self.rise, Self.top)
            (delays, falls) = (0, 0)
        }
    }

    /// The upper edge of the highest class that is a part of the load, and can be shed.
    private static func edge(of letIn: [UInt64]) -> UInt32 {
        let enough = UInt64(Double(letIn.reduce(0, +)) * shareMin)
        var above: UInt64 = 0
        for (index, count) in letIn.enumerated().reversed() {
            above += count
            if above > enough { return max(UInt32(index + 1) * AdmissionPlace.parts, bottom) }
        }
        return top
    }
}

/// Where a connection stands among the connections of its class. It is drawn once, so that a visitor is let in with all
/// its requests or with none.
///
/// The level moves in steps, and under strong overload a few connections are enough to keep the service busy. So half
/// of all stand in the last tenth of their class, a quarter in the tenth before it, and so on: a step of the level
/// changes what is let in by the same factor anywhere.
public struct AdmissionPlace: Hashable, Sendable {
    static let parts: UInt32 = 1 << 16
    private static let halvings: UInt32 = 10

    private let part: UInt32

    /// How far a level falls to let in so many times fewer of the class at the level.
    static func height(ofFactor factor: Double) -> UInt32 {
        UInt32(min(log2(factor), Double(halvings)) * Double(parts / halvings))
    }

    /// - Parameter number: any number, evenly drawn.
    public init(drawnBy number: UInt64) {
        // Its leading zeros halve the range, and its next bits divide what is left evenly.
        let zeros = min(UInt32(truncatingIfNeeded: number.leadingZeroBitCount), Self.halvings - 1)
        let rest = UInt32(truncatingIfNeeded: (number << (zeros + 1)) >> 48)
        let tenth = Self.parts / Self.halvings
        part = (Self.halvings - 1 - zeros) * tenth + rest * tenth / Self.parts
    }

    /// The place of a request in one order of all: it is let in below the level's bar.
    public func place(of kind: RequestClass) -> UInt32 { UInt32(truncatingIfNeeded: kind.index) * Self.parts + part }
}
