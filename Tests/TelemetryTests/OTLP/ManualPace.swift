// The exporter's clocks under a test's control: time passes only when the exporter pauses.

import Synchronization
import Telemetry

@testable import TelemetryExport

final class ManualPace: Sendable {
    private struct State {
        var now = MonotonicTime(nanoseconds: 1_000_000_000)
        var pauses: [Duration] = []
    }

    /// 2026-11-21T08:00:00Z.
    static let date: Int64 = 1_795_248_000

    private let state = Mutex(State())
    /// Whether the time for the last spans is over at once.
    private let isImpatient: Bool

    init(isImpatient: Bool = false) {
        self.isImpatient = isImpatient
    }

    /// The pauses between two tries.
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func pass(_ duration: Duration) {
        state.withLock { $0.now = $0.now + duration }
    }

    /// All random numbers are in the middle, so that pauses have no jitter.
    var pace: ExportPace {
        ExportPace(
            now: { self.state.withLock { $0.now } },
            real: { UInt64(Self.date) * 1_000_000_000 },
            random: { 0.5 },
            pause: { pause, duration in
                switch pause {
                case .beforeRetry:
                    self.state.withLock { state in
                        state.pauses.append(duration)
                        state.now = state.now + duration
                    }
                    try Task.checkCancellation()
                case .untilShutdownLimit where self.isImpatient:
                    break
                case .untilRound, .untilShutdownLimit:
                    for await _ in AsyncStream<Void>.makeStream().stream {}
                    throw CancellationError()
                }
            })
    }
}
