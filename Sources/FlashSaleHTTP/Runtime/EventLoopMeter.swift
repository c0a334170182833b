// What every turn of an event loop leaves behind: how long its tasks took, and how many there were.

internal import NIOCore
public import NIOPosix
internal import Synchronization
public import Telemetry

/// Hears of every turn of the event loops that it made. Relaxed adds only: it runs on the loops' own threads.
public final class EventLoopMeter: NIOEventLoopMetricsDelegate {
    private let instruments: RuntimeInstruments
    private let identities: LoopIdentities

    private init(_ instruments: RuntimeInstruments, threads: Int) {
        self.instruments = instruments
        identities = LoopIdentities(count: threads)
    }

    /// Event loops whose turns are measured, each on a thread of its own.
    public static func eventLoops(threads: Int, instruments: RuntimeInstruments) -> MultiThreadedEventLoopGroup {
        let meter = EventLoopMeter(instruments, threads: threads)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads, metricsDelegate: meter)
        // The loops turn before anybody can say which is which: their first turns go unheard.
        for (number, loop) in group.makeIterator().enumerated() {
            meter.identities.set(ObjectIdentifier(loop), number)
        }
        return group
    }

    public func processedTick(info: NIOEventLoopTickInfo) {
        guard let number = identities.number(of: info.eventLoopID) else { return }
        let loop = instruments.label(ofLoop: number)
        let duration = (info.endTime - info.startTime).nanoseconds
        instruments.eventLoopTickDurationSeconds.observe(UInt64(max(0, duration)), loop)
        instruments.eventLoopTasksTotal.increment(loop, by: UInt64(info.numberOfTasks))
    }
}

/// Which loop is which. Bare words, as in the instruments: a reference count would be written to by all loops.
///
/// Unchecked because a pointer does not say that what it points to may be shared; atomics may.
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
