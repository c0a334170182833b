// Measures the turns of event loops: how long others wait for them, and the time and the number of their tasks.

public import FlashSale
internal import NIOCore
public import NIOPosix
internal import Synchronization
public import Telemetry

/// Counts every turn of the event loops that it made. It runs on the loops' threads, so it uses relaxed adds alone.
public final class EventLoopMeter: NIOEventLoopMetricsDelegate {
    private let instruments: RuntimeInstruments?
    private let identities: LoopIdentities
    private let turns: [LoopTurns]

    private init(_ instruments: RuntimeInstruments?, threads: Int) {
        self.instruments = instruments
        identities = LoopIdentities(count: threads)
        turns = (0..<threads).map { _ in LoopTurns() }
    }

    /// The measured event loops, each on its own thread, and what measures them.
    ///
    /// - Parameter instruments: nil if the turns are not shown.
    public static func eventLoops(
        threads: Int, instruments: RuntimeInstruments?
    ) -> (group: MultiThreadedEventLoopGroup, meter: EventLoopMeter) {
        let meter = EventLoopMeter(instruments, threads: threads)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads, metricsDelegate: meter)
        // The loops turn before they have numbers, so their first turns are not counted.
        for (number, loop) in group.makeIterator().enumerated() {
            meter.identities.set(ObjectIdentifier(loop), number)
        }
        return (group, meter)
    }

    public func processedTick(info: NIOEventLoopTickInfo) {
        guard let number = identities.number(of: info.eventLoopID) else { return }
        turns[number].ended(
            at: info.endTime.uptimeNanoseconds, tasksSince: info.startTime.uptimeNanoseconds,
            after: (info.startTime - info.sleepTime).uptimeNanoseconds)
        guard let instruments else { return }
        let loop = instruments.label(ofLoop: number)
        let duration = (info.endTime - info.startTime).nanoseconds
        instruments.eventLoopTickDurationSeconds.observe(UInt64(max(0, duration)), loop)
        instruments.eventLoopTasksTotal.increment(loop, by: UInt64(info.numberOfTasks))
    }

    /// The turns of a loop; nil if it is not measured.
    func turns(of loop: any EventLoop) -> LoopTurns? {
        identities.number(of: ObjectIdentifier(loop)).map { turns[$0] }
    }

    /// How long the loop of the calling thread has waited for something to do; on other threads, the time.
    public var waitingTime: WaitingTime {
        WaitingTime { [self] in
            let loop = MultiThreadedEventLoopGroup.currentEventLoop
            let waited = loop.flatMap { turns(of: $0) }?.waitedInTotal ?? MonotonicTime.now.nanoseconds
            return .nanoseconds(Int64(clamping: waited))
        }
    }

    /// The delay of the loop that has kept bytes waiting longest since the last call; of one thread at a time.
    func takeDelay(at now: MonotonicTime = .now) -> Duration { turns.map { $0.takeDelay(at: now) }.max() ?? .zero }
}

/// The number of each loop, in plain memory as in the instruments: all loops would write to a reference count.
///
/// Unchecked because a pointer does not say that its memory holds atomics, which threads may share.
private struct LoopIdentities: ~Copyable, @unchecked Sendable {
    private let words: UnsafeMutablePointer<Atomic<Int>>
    private let count: Int

    init(count: Int) {
        self.count = count
        words = .allocate(capacity: count)
        for number in 0..<count { (words + number).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: count)
        words.deallocate()
    }

    func set(_ identity: ObjectIdentifier, _ number: Int) {
        words[number].store(Int(bitPattern: identity), ordering: .relaxed)
    }

    func number(of identity: ObjectIdentifier) -> Int? {
        let wanted = Int(bitPattern: identity)
        for number in 0..<count where words[number].load(ordering: .relaxed) == wanted { return number }
        return nil
    }
}
