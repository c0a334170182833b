// Bounds the lines of refused and of slow requests in the access log, so that a client that is refused ten thousand
// times a second does not fill the disk.

internal import Synchronization
internal import Telemetry

/// The lines of a second, by what they are of. All listeners share it.
final class LineBounds: Sendable {
    /// The most lines of each kind in a second.
    static let linesPerSecond = 20

    /// What a line is of.
    enum Kind {
        /// Nil if the service has no such path, or if a probe failed.
        case refused(Reason?)
        case slow

        static let all: [Kind] = Reason.allCases.map { .refused($0) } + [.refused(nil), .slow]

        var index: Int {
            switch self {
            case .refused(let reason): reason?.index ?? Reason.allCases.count
            case .slow: Reason.allCases.count + 1
            }
        }

        var name: String {
            switch self {
            case .refused(let reason): reason?.rawValue ?? Problem.codeOfUnknownPath
            case .slow: "slow"
            }
        }
    }

    private let counts = Mutex([Int](repeating: 0, count: Kind.all.count))

    /// Whether a line of the kind is written.
    func admits(_ kind: Kind) -> Bool {
        counts.withLock { counts in
            counts[kind.index] += 1
            return counts[kind.index] <= Self.linesPerSecond
        }
    }

    /// Ends a second: how many lines of which kind were left out in it.
    func endSecond() -> [(kind: Kind, count: Int)] {
        let counts = counts.withLock { counts in
            defer { counts = [Int](repeating: 0, count: counts.count) }
            return counts
        }
        return Kind.all.compactMap { kind in
            let leftOut = counts[kind.index] - Self.linesPerSecond
            return leftOut > 0 ? (kind, leftOut) : nil
        }
    }
}
