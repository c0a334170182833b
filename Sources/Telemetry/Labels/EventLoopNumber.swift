// The label of metrics that exist for each event loop.

/// An event loop of the API, by its number. The instruments are made for a number of loops, and
/// ``RuntimeInstruments/label(ofLoop:)`` returns the label that counts a loop.
///
/// A loop is thirty lines of the exposition. To keep these few, at most ``shownMax`` labels exist: if there are more
/// loops, all but the first are counted together as `rest`.
public struct EventLoopNumber: LabelSet, Hashable {
    /// The most event loops that a process may have.
    public static let countMax = 255
    /// The most labels that there are at once.
    public static let shownMax = 2
    /// All loops that have no label of their own.
    public static let rest = EventLoopNumber(countMax)

    @usableFromInline let number: UInt8

    /// - Parameter number: from 0 to below ``countMax``.
    @inlinable
    public init(_ number: Int) {
        self.number = UInt8(clamping: number)
    }

    public static var labelNames: [String] { ["loop"] }
    public static let all = (0...countMax).map { EventLoopNumber($0) }

    /// The labels of so many loops.
    static func shown(of count: Int) -> [EventLoopNumber] {
        let own = Array(all.prefix(max(1, count <= shownMax ? count : shownMax - 1)))
        return count <= shownMax ? own : own + [rest]
    }

    @inlinable public var index: Int { Int(number) }
    public var labelValues: [String] { [self == .rest ? "rest" : String(number)] }

    /// A loop that was not announced is counted with the first.
    public var folded: EventLoopNumber { EventLoopNumber(0) }
}
