// Asks the dependencies how they are: all at once, each with a timeout, and not again for whoever asks within a second.
//
// Trust rule: a probe that hangs costs its caller the timeout and the process one task; it is not started again.

internal import Synchronization
internal import Telemetry

actor HealthBoard {
    private let probes: [HealthProbe]
    private let limits: HTTPLimits
    private let instruments: HealthInstruments
    private var last: (report: HealthReport, at: MonotonicTime)?
    private var running: Task<HealthReport, Never>?
    private var hanging: Set<Dependency> = []

    init(probes: [HealthProbe], limits: HTTPLimits, instruments: HealthInstruments) {
        self.probes = probes
        self.limits = limits
        self.instruments = instruments
    }

    func report() async -> HealthReport {
        if let last, .now < last.at + limits.probeAge { return last.report }
        if let running { return await running.value }
        let task = Task { await self.askAll() }
        running = task
        return await task.value
    }

    /// Asks now and then until the task is cancelled, so that the metrics are true although nobody probes.
    nonisolated func keepFresh() async {
        // At the start the stores are still being connected; who wants to know at once may ask.
        try? await Task.sleep(for: limits.probeAge)
        while !Task.isCancelled {
            _ = await report()
            try? await Task.sleep(for: limits.probeInterval)
        }
    }

    private func askAll() async -> HealthReport {
        let down = await withTaskGroup(of: Dependency?.self) { group in
            for probe in probes {
                group.addTask { await self.ask(probe) ? nil : probe.dependency }
            }
            var down: Set<Dependency> = []
            for await dependency in group {
                if let dependency { down.insert(dependency) }
            }
            return down
        }
        let report = HealthReport(down: down)
        instruments.dependencyUp.set(1, .app)
        last = (report, .now)
        running = nil
        return report
    }

    private func ask(_ probe: HealthProbe) async -> Bool {
        let start = MonotonicTime.now
        let isUp = hanging.insert(probe.dependency).inserted ? await race(probe) : false
        instruments.dependencyUp.set(isUp ? 1 : 0, probe.dependency)
        instruments.checkDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: start), probe.dependency)
        return isUp
    }

    /// The probe's answer, or false when the timeout is over first.
    private func race(_ probe: HealthProbe) async -> Bool {
        let timeout = limits.probeTimeout
        return await withCheckedContinuation { continuation in
            let first = FirstAnswer(continuation)
            let timer = Task {
                try? await Task.sleep(for: timeout)
                first.give(false)
            }
            Task {
                let isUp = await probe.isUp()
                self.returned(probe.dependency)
                // In this order: a cancelled timer gives its answer at once.
                first.give(isUp)
                timer.cancel()
            }
        }
    }

    private func returned(_ dependency: Dependency) {
        hanging.remove(dependency)
    }
}

/// Which dependencies did not answer.
struct HealthReport: Equatable, Sendable {
    let down: Set<Dependency>

    func isUp(_ dependency: Dependency) -> Bool { !down.contains(dependency) }
}

/// A continuation that two tasks race to resume.
private final class FirstAnswer: Sendable {
    private let continuation: Mutex<CheckedContinuation<Bool, Never>?>

    init(_ continuation: CheckedContinuation<Bool, Never>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ answer: Bool) {
        continuation.withLock { continuation in
            continuation?.resume(returning: answer)
            continuation = nil
        }
    }
}
