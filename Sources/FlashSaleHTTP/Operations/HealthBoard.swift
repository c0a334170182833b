// Probes the dependencies: all at once, each with a timeout, and at most once a second.
//
// Trust rule: a probe that hangs costs its caller the timeout and the process one task; it is not started again. If it
// blocks its thread, it delays no other probe, and a caller waits for no event loop but its own. An actor does not give
// that: it may resume on the executor of the next caller in its queue, which may be a blocked loop.

internal import Synchronization
internal import Telemetry

final class HealthBoard: Sendable {
    private let parts: Operations
    private let limits: HTTPLimits
    private let instruments: HealthInstruments
    private let state = Mutex(State())

    private struct State {
        /// The task that asks, or asked last.
        var asking: Task<HealthReport, Never>?
        /// The time of the last answer; nil while answers are missing.
        var endedAt: MonotonicTime?
        var hanging: Set<Question> = []
    }

    /// The probes. Each runs at most once at a time.
    private enum Question: Hashable {
        case dependency(Dependency)
        case disk
        case replicas
    }

    init(_ parts: Operations, limits: HTTPLimits, instruments: HealthInstruments) {
        self.parts = parts
        self.limits = limits
        self.instruments = instruments
    }

    func report() async -> HealthReport {
        let asking = state.withLock { state in
            let isFresh = state.endedAt.map { .now < $0 + limits.probeAge } ?? true
            if let asking = state.asking, isFresh { return asking }
            let asking = Task { await self.askAll() }
            (state.asking, state.endedAt) = (asking, nil)
            return asking
        }
        return await asking.value
    }

    /// Probes now and then until the task is cancelled, so that the metrics are current without requests.
    func keepFresh() async {
        // At the start the stores are not yet connected. A request can still ask at once.
        try? await Task.sleep(for: limits.probeAge)
        while !Task.isCancelled {
            _ = await report()
            try? await Task.sleep(for: limits.probeInterval)
        }
    }

    private func askAll() async -> HealthReport {
        async let isDiskFull = answer(to: .disk, else: false, parts.isDiskFull)
        async let replicas = answer(to: .replicas, else: [], parts.replicas)
        let down = await withTaskGroup(of: Dependency?.self) { group in
            for probe in parts.probes {
                group.addTask { await self.ask(probe) ? nil : probe.dependency }
            }
            var down: Set<Dependency> = []
            for await dependency in group {
                if let dependency { down.insert(dependency) }
            }
            return down
        }
        let report = HealthReport(down: down, isDiskFull: await isDiskFull, replicas: await replicas)
        instruments.dependencyUp.set(1, .app)
        state.withLock { $0.endedAt = .now }
        return report
    }

    private func ask(_ probe: HealthProbe) async -> Bool {
        let start = MonotonicTime.now
        let isUp = await answer(to: .dependency(probe.dependency), else: false, probe.isUp)
        instruments.dependencyUp.set(isUp ? 1 : 0, probe.dependency)
        if probe.dependency.isOfStore {
            instruments.checkDurationSeconds.observe(MonotonicTime.now.nanoseconds(since: start), probe.dependency)
        }
        return isUp
    }

    /// The answer of the probe. If the timeout ends first, or an earlier probe still runs, the replacement.
    private func answer<Answer: Sendable>(
        to question: Question, else instead: Answer, _ ask: @escaping @Sendable () async -> Answer
    ) async -> Answer {
        guard state.withLock({ $0.hanging.insert(question).inserted }) else { return instead }
        let timeout = limits.probeTimeout
        return await withCheckedContinuation { continuation in
            let first = FirstAnswer(continuation)
            let timer = Task {
                try? await Task.sleep(for: timeout)
                first.give(instead)
            }
            Task {
                let answer = await ask()
                _ = self.state.withLock { $0.hanging.remove(question) }
                // The order matters: a cancelled timer resumes at once.
                first.give(answer)
                timer.cancel()
            }
        }
    }
}

/// The dependencies without an answer, and other facts about the health of the service.
struct HealthReport: Equatable, Sendable {
    let down: Set<Dependency>
    let isDiskFull: Bool
    let replicas: [String]

    func isUp(_ dependency: Dependency) -> Bool { !down.contains(dependency) }
}

/// A continuation that two tasks race to resume.
private final class FirstAnswer<Answer: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Answer, Never>?>

    init(_ continuation: CheckedContinuation<Answer, Never>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ answer: Answer) {
        continuation.withLock { continuation in
            continuation?.resume(returning: answer)
            continuation = nil
        }
    }
}
