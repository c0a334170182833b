// The running tasks of the service.

import FlashSaleHTTP
import Synchronization
import Telemetry
import TelemetryExport

/// Lists background loops while they run. Requests register themselves.
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

    /// The running requests by handler, then the running loops by name, each with the oldest first.
    var table: [LiveTask] {
        let now = MonotonicTime.now
        let running = loops.withLock { Array($0.running.values) }
        return requests.entries(at: now).map { LiveTask(name: $0.handler.rawValue, age: $0.age) }
            + running.sorted { $0.startedAt < $1.startedAt }.map { name, startedAt in
                LiveTask(name: name, age: .nanoseconds(Int64(now.nanoseconds(since: startedAt))))
            }
    }

    /// Runs a loop, and lists it while it runs.
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
