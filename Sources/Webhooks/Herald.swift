// The herald's duty: tells a receiver what has happened in sales.
//
//     resting ──(something is due)──► telling ──(taken, noted)──► telling ──(nothing is left)──► resting
//        ▲                               │
//        │                               ├─(refused, or no answer)──► its sale waits, longer each time; others are told
//        │                               └─(gone)──► silent, until the process starts again
//        └──(the fence is stale: another instance tells)
//
// Trust rule: an event counts as told once the receiver has taken it and the ledger has noted it under this fence.
// Between the two the process may die, and the event is told again. So each is told at least once, and those of a sale
// in their order: the next one waits for the answer. The herald gives up none; an operator may step past one.

public import FlashSale
public import Logging
internal import Synchronization
public import Telemetry
internal import Textbook

/// Tells the events of all sales, one after the other, to one receiver.
public final class Herald: Sendable {
    /// How often it looks for events.
    public static let interval = Duration.milliseconds(500)
    /// The most events of a sale that are told before those of the next sale.
    static let eventsPerTurn: Int = 64

    private enum Turn {
        /// The sale has nothing left, or nothing that is complete.
        case over
        case more
        case stale
        case failed
    }

    private let id: LedgerID
    private let pod: PodID
    private let ledger: any EventLedger
    private let now: @Sendable () -> Timestamp?
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let instruments: WebhookInstruments
    private let logger: Logger
    private let post: @Sendable (WebhookMessage, Int64) async -> WebhookAnswer
    private let standing = Mutex(HeraldStanding())

    /// - Parameters:
    ///   - id: makes the messages' ids distinct where several deployments tell one receiver.
    ///   - pod: which pod the ledger is.
    ///   - now: the ledger's clock; nil if it is not known yet.
    ///   - clock: for the waits after failures.
    ///   - post: sends a message at a time in seconds since 1970.
    public init(
        of id: LedgerID, in pod: PodID = .home, ledger: any EventLedger, now: @escaping @Sendable () -> Timestamp?,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, instruments: WebhookInstruments,
        logger: Logger, post: @escaping @Sendable (WebhookMessage, Int64) async -> WebhookAnswer
    ) {
        self.id = id
        self.pod = pod
        self.ledger = ledger
        self.now = now
        self.clock = clock
        self.instruments = instruments
        self.logger = logger
        self.post = post
    }

    /// One run of the duty.
    public func tick(_ fence: FencingNumber) async throws(LedgerFailure) -> DutyOutcome {
        let moment = clock()
        guard !standing.withLock({ $0.rests(at: moment) }), let now = now() else { return .done }
        guard let due = try await ledger.due(fence: fence) else { return .stale }
        let sales = standing.withLock { $0.turn(of: due, at: moment) }
        if due.isEmpty { note(now) }
        var isMoreLeft = false
        for sale in sales {
            switch try await tell(sale, under: fence) {
            case .over: break
            case .more: isMoreLeft = true
            case .stale: return .stale
            case .failed: return .done
            }
        }
        return isMoreLeft ? .again(after: .zero) : .done
    }

    private func tell(_ sale: UntoldSale, under fence: FencingNumber) async throws(LedgerFailure) -> Turn {
        guard let horizon = try await ledger.horizon(of: sale.id) else { return .over }
        let events = try await ledger.events(of: sale, upTo: horizon, atMost: Self.eventsPerTurn)
        for event in events {
            note(event.happenedAt)
            guard await isTaken(event, of: sale.id) else { return .failed }
            CrashPoint.afterPost.pass()
            guard try await ledger.advance(sale.id, to: event.number, fence: fence) else { return .stale }
        }
        return events.count == Self.eventsPerTurn ? .more : .over
    }

    /// Shows that all before a moment is told, but for what sales wait with.
    private func note(_ moment: Timestamp) {
        let moment = standing.withLock { $0.toldUntil(moment) }
        instruments.toldUntilTimestampSeconds.set(Double(moment.microseconds) / 1e6, pod.label)
    }

    private func isTaken(_ event: LedgerEvent, of sale: SaleID) async -> Bool {
        guard let now = now() else { return false }
        let answer = await post(event.message(of: id), now.microseconds / 1_000_000)
        // A herald that is told to stop breaks its question off.
        if case .noAnswer = answer, Task.isCancelled { return false }
        instruments.eventsTotal.increment(EventLabels(event.type, answer.outcome))
        switch answer {
        case .taken:
            let failures = standing.withLock { $0.taken(of: sale) }
            if failures > 0 {
                let facts: Logger.Metadata = ["sale_id": "\(sale)", "failures": "\(failures)"]
                logger.notice("webhook takes a sale's events again", metadata: facts)
            }
            return true
        case .gone:
            standing.withLock { $0.gone() }
            logger.error("webhook is gone: it is told nothing until the next start", metadata: ["status": "410"])
        case .refused(let status, let retryAfter):
            // These two say something about the receiver, and any other about the event.
            let isForAll = status == 429 || status == 503
            fail(event, of: sale, why: "status \(status)", wanted: retryAfter, isForAll: isForAll)
        case .noAnswer(let why): fail(event, of: sale, why: why, wanted: nil, isForAll: false)
        }
        return false
    }

    /// Of the failures of an event, the log has the first.
    private func fail(_ event: LedgerEvent, of sale: SaleID, why: String, wanted: Duration?, isForAll: Bool) {
        let moment = clock()
        let isFirst = standing.withLock { standing in
            var generator = SystemRandomNumberGenerator()
            return standing.failed(
                event, of: sale, at: moment, wanted: wanted, isForAll: isForAll, using: &generator)
        }
        guard isFirst else { return }
        logger.warning(
            "webhook does not take an event: its sale waits",
            metadata: [
                "sale_id": "\(sale)", "event": "\(event.number)", "type": "\(event.type.rawValue)", "why": "\(why)",
            ])
    }
}

extension WebhookAnswer {
    fileprivate var outcome: DeliveryOutcome {
        switch self {
        case .taken: .taken
        case .gone: .gone
        case .refused: .refused
        case .noAnswer: .noAnswer
        }
    }
}
