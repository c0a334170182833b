// The tasks that the service started and that have not ended.

import FlashSaleHTTP
import Synchronization
import Telemetry
import TelemetryExport

/// Knows background loops while they run; requests make themselves known.
final class LiveTasks: Sendable {
    private struct Loops {
        var running: [Int: (name: String, startedAt: MonotonicTime)] = [:]
        var count = 0
    }

    let requests = LiveRequests()
    private let loops = Mutex(Loops())
    private let requestsInFlight: Gauge<NoLabels>

    init(_ instruments: Instruments) {
        requestsInFlight = instruments.http.requestsInFlight
    }

    var count: Int { loops.withLock { $0.running.count } + max(0, requestsInFlight.value) }

    /// What runs now: requests by their handlers, loops by their names, the oldest first of either.
    var table: [LiveTask] {
        let now = MonotonicTime.now
        let running = loops.withLock { Array($0.running.values) }
        return requests.entries(at: now).map { LiveTask(name: $0.handler.rawValue, age: $0.age) }
            + running.sorted { $0.startedAt < $1.startedAt }.map { name, startedAt in
                LiveTask(name: name, age: .nanoseconds(Int64(now.nanoseconds(since: startedAt))))
            }
    }

    /// Knows a loop while it runs.
    func run(_ name: String, _ loop: () async -> Void) async {
        let number = loops.withLock { loops in
            loops.count += 1
            loops.running[loops.count] = (name, .now)
            return loops.count
        }
        await loop()
        loops.withLock { $0.running[number] = nil }
    }
}
