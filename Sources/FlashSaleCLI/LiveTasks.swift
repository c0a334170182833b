// The tasks that the service started and that have not ended.

import Synchronization
import Telemetry

/// Counts background loops while they run; requests count themselves.
final class LiveTasks: Sendable {
    private let loops = Atomic<Int>(0)
    private let requests: Gauge<NoLabels>

    init(_ instruments: Instruments) {
        requests = instruments.http.requestsInFlight
    }

    var count: Int { loops.load(ordering: .relaxed) + max(0, requests.value) }

    /// Counts a loop while it runs.
    func run(_ loop: () async -> Void) async {
        loops.add(1, ordering: .relaxed)
        await loop()
        loops.subtract(1, ordering: .relaxed)
    }
}
