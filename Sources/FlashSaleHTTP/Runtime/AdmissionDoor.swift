// Where requests are let in or shed, by the level that AdmissionLevel decides. Connections ask it with each head;
// another thread judges the level every 100 ms.

internal import FlashSale
internal import Logging
internal import NIOCore
internal import Synchronization
internal import Telemetry

final class AdmissionDoor: Sendable {
    /// How long a connection rests after a request of it was shed, in milliseconds: long enough that clients which try
    /// again at once cost little, and shorter than any `Retry-After`.
    static let rest: ClosedRange<Int64> = 250...1_000
    /// A request whose first bytes are read within this time of the rest's end was sent before that end.
    static let eagerness = Duration.milliseconds(25)

    /// What a request that is shed gets on a connection that is kept, and on one that closes.
    let refusal: PreparedRefusal
    let lastRefusal = PreparedRefusal(keptFor: nil)
    /// The level as a connection compares it.
    private let bar: Atomic<UInt32>
    private let level: Mutex<AdmissionLevel>
    private let letIn = Tally<RequestClass>()
    /// How many of each class had been let in when the level was last judged.
    private let letInBefore = Mutex([UInt64](repeating: 0, count: RequestClass.all.count))
    private let instruments: AdmissionInstruments
    private let logger: Logger
    private let loopDelay: @Sendable () -> Duration
    private let ledgerDelay: @Sendable () -> Duration

    /// - Parameters:
    ///   - idleTimeout: how long a connection waits for its next request.
    ///   - loopDelay: how long bytes have waited for an event loop since it was last called.
    ///   - ledgerDelay: how long requests have waited for the ledger since then, in the mean.
    init(
        idleTimeout: Duration, instruments: AdmissionInstruments, logger: Logger,
        loopDelay: @escaping @Sendable () -> Duration, ledgerDelay: @escaping @Sendable () -> Duration
    ) {
        let level = AdmissionLevel()
        refusal = PreparedRefusal(keptFor: idleTimeout)
        bar = Atomic(level.bar)
        self.level = Mutex(level)
        self.instruments = instruments
        self.logger = logger
        self.loopDelay = loopDelay
        self.ledgerDelay = ledgerDelay
        instruments.level.set(level.value)
    }

    /// Lets a request in, or sheds it. Under overload an eager one is let in only if no level sheds it, and so is one
    /// of a crowded turn at any time.
    func admit(_ kind: RequestClass, at place: UInt32, isEager: Bool, isCrowded: Bool) -> Bool {
        let isLetIn = isCrowded ? place < AdmissionLevel.bottom : admits(place, isEager: isEager)
        if isLetIn { letIn.add(kind) } else { instruments.refusedTotal.increment(kind) }
        return isLetIn
    }

    /// Whether everything is let in.
    var isWhole: Bool { bar.load(ordering: .relaxed) == AdmissionLevel.top }

    /// Whether a request at this place would be let in.
    func admits(_ place: UInt32, isEager: Bool = false) -> Bool {
        let bar = bar.load(ordering: .relaxed)
        return place < (isEager && bar < AdmissionLevel.top ? AdmissionLevel.bottom : bar)
    }

    /// Judges the level from an event loop outside of the API's, until that loop shuts down.
    func start(on foreign: any EventLoop) {
        let interval = TimeAmount.nanoseconds(Int64(AdmissionLevel.interval.wholeNanoseconds))
        foreign.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in self.judge() }
    }

    /// Judges the last 100 ms.
    func judge() {
        let (loopDelay, ledgerDelay) = (loopDelay(), ledgerDelay())
        instruments.delaySeconds.observe(loopDelay, .loop)
        instruments.delaySeconds.observe(ledgerDelay, .ledger)
        let counts = letIn.counts
        let now = letInBefore.withLock { before in
            defer { before = counts }
            return zip(counts, before).map(-)
        }
        let (before, level) = level.withLock { level in
            let before = level
            level.judge(loopDelay: loopDelay, ledgerDelay: ledgerDelay, letIn: now)
            return (before, level)
        }
        bar.store(level.bar, ordering: .relaxed)
        instruments.level.set(level.value)
        guard before.isWhole != level.isWhole else { return }
        if level.isWhole {
            logger.notice("everything is let in again", metadata: ["component": "http"])
        } else {
            logger.warning(
                "overload: requests are shed",
                metadata: [
                    "component": "http", "loop_delay_ms": .stringConvertible(loopDelay / .milliseconds(1)),
                    "ledger_delay_ms": .stringConvertible(ledgerDelay / .milliseconds(1)),
                ])
        }
    }
}
