// The clocks, the randomness and the pauses of the exporter, so that tests can replace them.

internal import Glibc
internal import Telemetry
internal import Textbook

struct ExportPace: Sendable {
    var now: @Sendable () -> MonotonicTime
    /// Nanoseconds since 1970.
    var real: @Sendable () -> UInt64
    /// From 0 to 1.
    var random: @Sendable () -> Double
    /// Waits between two tries, between two rounds and for the end. Throws if the task is cancelled.
    var pause: @Sendable (Pause, Duration) async throws -> Void

    enum Pause: Sendable {
        case beforeRetry
        case untilRound
        case untilShutdownLimit
    }

    static let standard = ExportPace(
        now: { .now },
        real: { UTCTime.now.nanosecondsSince1970 },
        random: { .random(in: 0...1) },
        pause: { _, duration in try await Task.sleep(for: duration) })
}
