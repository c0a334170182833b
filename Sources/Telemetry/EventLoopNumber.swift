// The label of what is measured for each event loop.

/// An event loop of the API, by its number. How many have series is said when the instruments are made.
public struct EventLoopNumber: LabelSet {
    /// The most event loops that a process may have.
    public static let countMax = 256

    @usableFromInline let number: UInt8

    /// - Parameter number: from 0. Numbers from ``countMax`` on are counted with the last.
    @inlinable
    public init(_ number: Int) {
        self.number = UInt8(clamping: number)
    }

    public static var labelNames: [String] { ["loop"] }
    public static let all = (0..<countMax).map { EventLoopNumber($0) }

    @inlinable public var index: Int { Int(number) }
    public var labelValues: [String] { [String(number)] }

    /// A loop that was not announced is counted with the first.
    public var folded: EventLoopNumber { EventLoopNumber(0) }
}
