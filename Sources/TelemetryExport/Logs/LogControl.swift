// The settings of the log that can change while it runs.

public import Logging
internal import Synchronization

/// The level of every logger that has none of its own.
public final class LogControl: Sendable {
    private let rank: Atomic<Int>

    init(level: Logger.Level) {
        rank = Atomic(Self.rank(of: level))
    }

    /// Takes effect with the next line.
    public var level: Logger.Level {
        get { Logger.Level.allCases[rank.load(ordering: .relaxed)] }
        set { rank.store(Self.rank(of: newValue), ordering: .relaxed) }
    }

    private static func rank(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
