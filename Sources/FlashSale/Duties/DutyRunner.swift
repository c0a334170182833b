// Runs a duty under a lease: work that one instance does for all of them, for each sale or for none in particular.

public import Logging
public import Telemetry

/// Repeats a duty's work while this instance has the lease, and tries to get the lease while another has it.
///
///     waiting ──acquired──► holding ──tick──► holding
///        ▲                     │ lease lost: the tick is cancelled; or the work says it is stale
///        └─────────────────────┘
///
/// Each sale has ticks of its own, a few side by side: one whose lock is taken, or whose store fails, keeps no other
/// sale waiting. They take turns, so that hundreds of sales leave connections to the buyers. Without a sale, the ticks
/// are for none.
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
    private let sales: @Sendable () -> [Sale]
    private let work: @Sendable (Sale?, FencingNumber) async throws -> DutyOutcome

    /// - Parameters:
    ///   - every: the pause between two runs, and a short one also between two attempts to get the lease.
    ///   - tracer: makes each run a trace of its own; nil traces none.
    ///   - sales: those that there is work for now.
    public init(
        _ duty: Duty, under lock: any DutyLock, every: Duration, clock: C, logger: Logger, tracer: Tracer? = nil,
        sales: @escaping @Sendable () -> [Sale] = { [] },
        work: @escaping @Sendable (Sale?, FencingNumber) async throws -> DutyOutcome
    ) {
        self.duty = duty
        self.lock = lock
        pace = DutyPace(every: every)
        self.clock = clock
        self.logger = logger
        self.tracer = tracer
        self.sales = sales
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
        return await withTaskGroup(of: Ending.self) { group in
            var turns = DutyTurns()
            turns.look(at: sales())
            // A sale may come while all others are at work.
            group.addTask { await rest(pace.every, .look) }
            repeat {
                while let sale = turns.begin() {
                    group.addTask { await runOnce(for: sale, under: fence) }
                }
                switch await group.next() {
                case .stale:
                    group.cancelAll()
                    return .stale
                case .run(let sale, let pause):
                    turns.end()
                    group.addTask { await rest(pause, .rested(sale)) }
                case .rested(let sale): turns.ask(sale)
                case .look:
                    turns.look(at: sales())
                    group.addTask { await rest(pace.every, .look) }
                case nil: break
                }
            } while !Task.isCancelled
            return .done
        }
    }

    /// How a task of a lease ended.
    private enum Ending: Sendable {
        /// A run, which a pause follows.
        case run(SaleID?, pause: Duration)
        /// The pause after a run.
        case rested(SaleID?)
        /// It is time to look for new sales.
        case look
        /// Another instance has the duty.
        case stale
    }

    private func rest(_ pause: Duration, _ ending: Ending) async -> Ending {
        try? await clock.sleep(for: pause)
        return ending
    }

    private func runOnce(for sale: Sale?, under fence: FencingNumber) async -> Ending {
        let outcome = await traced(sale, fence)
        return pace.pause(after: outcome).map { .run(sale?.id, pause: $0) } ?? .stale
    }

    /// One run of the work, in a trace of its own; nil if it failed.
    private func traced(_ sale: Sale?, _ fence: FencingNumber) async -> DutyOutcome? {
        guard let trace = tracer?.begin(.duty) else { return await logged(sale, fence) }
        let outcome = await Trace.$current.withValue(trace) { await logged(sale, fence) }
        trace.finish(isError: outcome == nil) { span, _ in span.set(.duty, duty) }
        return outcome
    }

    /// One run of the work. A failure is logged in the run's trace.
    private func logged(_ sale: Sale?, _ fence: FencingNumber) async -> DutyOutcome? {
        do {
            return try await work(sale, fence)
        } catch {
            if !Task.isCancelled {
                var metadata: Logger.Metadata = ["duty": "\(duty.rawValue)"]
                if let sale { metadata["sale_id"] = "\(sale.id)" }
                logger.warning("duty failed", error: error, metadata: metadata)
            }
            return nil
        }
    }
}
