// Runs a duty under a lease: work that one instance does for all of them.

public import Logging
public import Telemetry

/// Repeats a duty's work while this instance has the lease, and tries to get the lease while another has it.
///
///     waiting ──acquired──► holding ──tick──► holding
///        ▲                     │ lease lost: the tick is cancelled; or the work says it is stale
///        └─────────────────────┘
///
/// Trust rule: a tick may take longer than a lease lasts, because the lease is extended beside it. If that fails, the
/// tick is cancelled. Writes that it has sent carry its fence.
public struct DutyRunner<C: Clock>: Sendable where C.Duration == Duration {
    private let duty: Duty
    private let lock: any DutyLock
    private let pace: DutyPace
    private let clock: C
    private let logger: Logger
    private let tracer: Tracer?
    private let work: @Sendable (FencingNumber) async throws -> DutyOutcome

    /// - Parameters:
    ///   - every: the pause between two runs, and a short one also between two attempts to get the lease.
    ///   - tracer: makes each run a trace of its own; nil traces none.
    public init(
        _ duty: Duty, under lock: any DutyLock, every: Duration, clock: C, logger: Logger, tracer: Tracer? = nil,
        work: @escaping @Sendable (FencingNumber) async throws -> DutyOutcome
    ) {
        self.duty = duty
        self.lock = lock
        pace = DutyPace(every: every)
        self.clock = clock
        self.logger = logger
        self.tracer = tracer
        self.work = work
    }

    /// Returns when the task is cancelled, after it has released the lease.
    public func run() async {
        while !Task.isCancelled {
            let outcome = await lock.withLease(of: duty) { fence in await self.repeatWork(under: fence) }
            switch outcome {
            case .stale: logger.warning("duty is stale", metadata: ["duty": "\(duty.rawValue)"])
            case .done, .again:
                if !Task.isCancelled { logger.warning("duty lost", metadata: ["duty": "\(duty.rawValue)"]) }
            case nil: break
            }
            try? await clock.sleep(for: pace.retry)
        }
    }

    /// Works until another instance has the duty or the task is cancelled.
    private func repeatWork(under fence: FencingNumber) async -> DutyOutcome {
        logger.debug("duty taken", metadata: ["duty": "\(duty.rawValue)", "fence": "\(fence.value)"])
        while !Task.isCancelled {
            let outcome = await traced(fence)
            if outcome == nil, Task.isCancelled { break }
            guard let pause = pace.pause(after: outcome) else { return .stale }
            try? await clock.sleep(for: pause)
        }
        return .done
    }

    /// One run of the work, in a trace of its own; nil if it failed.
    private func traced(_ fence: FencingNumber) async -> DutyOutcome? {
        guard let trace = tracer?.begin(.duty) else { return await logged(fence) }
        let outcome = await Trace.$current.withValue(trace) { await logged(fence) }
        trace.finish(isError: outcome == nil) { span, _ in span.set(.duty, duty) }
        return outcome
    }

    /// One run of the work. A failure is logged in the run's trace.
    private func logged(_ fence: FencingNumber) async -> DutyOutcome? {
        do {
            return try await work(fence)
        } catch {
            if !Task.isCancelled {
                logger.warning("duty failed", error: error, metadata: ["duty": "\(duty.rawValue)"])
            }
            return nil
        }
    }
}
