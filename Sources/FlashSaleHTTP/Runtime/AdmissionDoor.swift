// Where requests are let in or shed, by the level that AdmissionLevel decides. Connections ask it with each head;
// another thread judges the level every 100 ms.

internal import FlashSale
internal import Logging
internal import NIOCore
internal import Synchronization
internal import Telemetry
internal import Textbook

final class AdmissionDoor: Sendable {
    /// How long a connection rests after a request of it was shed: long enough that clients which try again at once
    /// cost little, and shorter by a tenth of a second than they were told to wait.
    ///
    /// - Parameter retryAfter: the seconds of `Retry-After`.
    static func rest(of retryAfter: UInt64, drawnBy random: inout SplitMix64) -> Duration {
        let seconds = Int64(retryAfter)
        return .milliseconds(Int64.random(in: seconds * 500...seconds * 1_000 - 100, using: &random))
    }

    /// A request whose first bytes are read within this time of the rest's end was sent before that end.
    static let eagerness = Duration.milliseconds(25)

    /// What a request that is shed gets on a connection that is kept, and on one that closes.
    let refusal: PreparedRefusal
    let lastRefusal = PreparedRefusal(keptFor: nil)
    /// The level as a connection compares it.
    private let bar: Atomic<UInt32>
    private let level: Mutex<AdmissionLevel>
    let atWork: RequestsAtWork
    private let letIn = Tally<RequestClass>()
    /// How many a crowd has kept out since the level was last judged.
    private let keptOut = Atomic<UInt64>(0)
    /// How many of each class had been let in when the level was last judged.
    private let letInBefore = Mutex([UInt64](repeating: 0, count: RequestClass.all.count))
    private let instruments: AdmissionInstruments
    private let logger: Logger
    private let loopDelay: @Sendable () -> Duration
    private let ledgerPace: @Sendable () -> LedgerPace

    /// - Parameters:
    ///   - loopDelay: how long bytes have waited for an event loop since it was last called.
    ///   - ledgerPace: how the ledger has kept up since then.
    init(
        limits: HTTPLimits, instruments: AdmissionInstruments, logger: Logger,
        loopDelay: @escaping @Sendable () -> Duration, ledgerPace: @escaping @Sendable () -> LedgerPace
    ) {
        let level = AdmissionLevel()
        refusal = PreparedRefusal(keptFor: limits.idleTimeout)
        bar = Atomic(level.bar)
        self.level = Mutex(level)
        atWork = RequestsAtWork(crowdMin: limits.crowdMin, surge: limits.surge)
        self.instruments = instruments
        self.logger = logger
        self.loopDelay = loopDelay
        self.ledgerPace = ledgerPace
        instruments.level.set(level.value)
    }

    /// Lets a request in, or sheds it. Under overload an eager one is let in only if no level sheds it, and so is one
    /// that finds a crowd, at any level.
    func admit(_ kind: RequestClass, at place: UInt32, isEager: Bool, isCrowd: Bool) -> Bool {
        let passesLevel = admits(place, isEager: isEager)
        let isLetIn = passesLevel && (!isCrowd || place < AdmissionLevel.bottom)
        if isLetIn { letIn.add(kind) } else { instruments.refusedTotal.increment(kind) }
        if passesLevel, !isLetIn { keptOut.add(1, ordering: .relaxed) }
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
        let (loopDelay, pace) = (loopDelay(), ledgerPace())
        let keptOut = keptOut.exchange(0, ordering: .relaxed)
        instruments.delaySeconds.observe(loopDelay, .loop)
        instruments.delaySeconds.observe(pace.delay, .ledger)
        let counts = letIn.counts
        let now = letInBefore.withLock { before in
            defer { before = counts }
            return zip(counts, before).map(-)
        }
        let (before, level) = level.withLock { level in
            let before = level
            level.judge(loopDelay: loopDelay, ledgerDelay: pace.delay, letIn: now, keptOut: keptOut)
            return (before, level)
        }
        bar.store(level.bar, ordering: .relaxed)
        atWork.look(batch: pace.batch, isCalm: level.isWhole && keptOut == 0)
        instruments.level.set(level.value)
        guard before.isWhole != level.isWhole else { return }
        if level.isWhole {
            logger.notice("everything is let in again", metadata: ["component": "http"])
        } else {
            logger.warning(
                "overload: requests are shed",
                metadata: [
                    "component": "http", "loop_delay_ms": .stringConvertible(loopDelay / .milliseconds(1)),
                    "ledger_delay_ms": .stringConvertible(pace.delay / .milliseconds(1)),
                ])
        }
    }
}
