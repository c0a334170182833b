// Decides when a signal is exported: at an interval, earlier on request, and once more at the end.

internal import ServiceLifecycle

/// Runs rounds, one at a time. All requests that come during a round become one round after it.
final class ExportRounds: Sendable {
    private let interval: Duration
    private let pace: ExportPace
    private let rounds: AsyncStream<Void>
    private let due: AsyncStream<Void>.Continuation

    init(every interval: Duration, pace: ExportPace) {
        self.interval = interval
        self.pace = pace
        (rounds, due) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for a round before its time. Returns at once.
    func hurry() { due.yield() }

    /// Runs rounds until the graceful shutdown or until the task is cancelled, then a last one, which is cancelled when
    /// its time is over.
    ///
    /// - Parameter round: is told whether it is the last.
    func run(_ round: @escaping @Sendable (_ isLast: Bool) async -> Void) async {
        let worker = Task { [rounds] in
            for await _ in rounds { await round(false) }
            await round(true)
        }
        let clock = Task { [pace, due, interval] in
            while (try? await pace.pause(.untilRound, interval)) != nil { due.yield() }
        }
        try? await gracefulShutdown()
        clock.cancel()
        due.finish()
        let limit = Task { [pace] in
            try? await pace.pause(.untilShutdownLimit, ExportLimits.shutdown)
            worker.cancel()
        }
        await worker.value
        limit.cancel()
    }
}
