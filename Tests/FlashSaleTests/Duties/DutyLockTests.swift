// Duties under their locks: kept during the work, stopped when the lease is lost, taken again under a newer fence.

import FlashSale
import FlashSaleTesting
import Logging
import Synchronization
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(2))) struct DutyLockTests {
    @Test("The lock in memory keeps the rules of the seam", arguments: DutyLockConformance.all)
    func conforms(to rule: DutyLockConformance) async throws {
        let store = InMemoryDutyLock.Store()
        try await rule.run { InMemoryDutyLock(store: store, lifetime: $0) }
    }

    @Test(
        "The lock made of two keeps the rules of the seam, whichever of the two replies",
        arguments: DutyLockConformance.all)
    func fallbackConforms(to rule: DutyLockConformance) async throws {
        for isAvailable in [true, false] {
            let (redis, postgres) = (InMemoryDutyLock.Store(), InMemoryDutyLock.Store())
            try await rule.run { lifetime in
                let first = InMemoryDutyLock(store: redis, lifetime: lifetime)
                first.isAvailable = isAvailable
                return FallbackDutyLock(first: first, second: InMemoryDutyLock(store: postgres, lifetime: lifetime))
            }
        }
    }

    @Test("The second lock is asked only while the first does not reply")
    func fallback() async throws {
        let (redis, postgres) = (InMemoryDutyLock.Store(), InMemoryDutyLock.Store())
        let first = InMemoryDutyLock(store: redis)
        let lock = FallbackDutyLock(first: first, second: InMemoryDutyLock(store: postgres))
        let rival = InMemoryDutyLock(store: redis)
        let held = try #require(await rival.acquire(.sweeper).lease)
        guard case .taken = await lock.acquire(.sweeper) else {
            Issue.record("the first has replied that it is taken")
            return
        }
        await rival.release(held)
        first.isAvailable = false
        let lease = try #require(await lock.acquire(.sweeper).lease)
        #expect(await InMemoryDutyLock(store: postgres).acquire(.sweeper).lease == nil, "the second has it")
        #expect(await lock.extend(lease) != nil, "and keeps it while the first is away")
        first.isAvailable = true
        #expect(await lock.extend(lease) == nil, "the duty goes back to the first")
        await lock.release(lease)
        #expect(await lock.acquire(.sweeper).lease != nil)
        #expect(await rival.acquire(.sweeper).lease == nil, "which excludes rivals again")
        #expect(await InMemoryDutyLock(store: postgres).acquire(.sweeper).lease != nil)
    }

    @Test("Work that takes longer than a lease keeps it")
    func extended() async throws {
        let store = InMemoryDutyLock.Store()
        let (extensions, extend) = AsyncStream.makeStream(of: Void.self)
        let lock = HastyLock(InMemoryDutyLock(store: store)) { extend.yield() }
        let wasCancelled = await lock.withLease(of: .sweeper) { _ in
            // More than three thirds: the first lease is over.
            var seen = 0
            for await _ in extensions {
                seen += 1
                if seen == 4 { break }
            }
            return Task.isCancelled
        }
        #expect(wasCancelled == false)
        #expect(await InMemoryDutyLock(store: store).acquire(.sweeper).lease != nil, "it is released")
    }

    @Test("A lost lease cancels its work")
    func lost() async throws {
        let store = InMemoryDutyLock.Store()
        let lock = InMemoryDutyLock(store: store, lifetime: .milliseconds(150))
        let wasCancelled = await lock.withLease(of: .sweeper) { _ in
            store.flush()
            await untilCancelled()
            return Task.isCancelled
        }
        #expect(wasCancelled == true)
    }

    @Test("A cancelled holder releases the duty")
    func cancelled() async throws {
        let store = InMemoryDutyLock.Store()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let running = Task {
            await InMemoryDutyLock(store: store).withLease(of: .sweeper) { _ in
                start.finish()
                await untilCancelled()
            }
        }
        for await _ in started {}
        running.cancel()
        await running.value
        #expect(await InMemoryDutyLock(store: store).acquire(.sweeper).lease != nil)
    }

    @Test("A runner takes its duty again, under a newer fence, when the work is stale or the lease is lost")
    func runner() async throws {
        let store = InMemoryDutyLock.Store()
        let (fences, tick) = AsyncStream.makeStream(of: FencingNumber.self)
        let runner = DutyRunner(
            .sweeper, under: InMemoryDutyLock(store: store, lifetime: .milliseconds(150)), every: .milliseconds(1),
            clock: ContinuousClock(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _, fence in
            tick.yield(fence)
            switch fence.value {
            case 1: return .stale
            case 2:
                store.flush()
                await untilCancelled()
                throw CancellationError()
            default: return .done
            }
        }
        let running = Task { await runner.run() }
        var seen: [Int64] = []
        for await fence in fences {
            seen.append(fence.value)
            if seen.count == 5 { break }
        }
        running.cancel()
        await running.value
        #expect(seen.starts(with: [1, 2, 3]) && seen == seen.sorted())
    }

    @Test("A failed run is in the log with its error and its trace, and the trace is kept")
    func failure() async throws {
        let kept = Mutex<[TraceID]>([])
        let tracer = Tracer(
            sampler: Sampler(root: .ratio(0), followsParent: true), slow: .seconds(60),
            instruments: Instruments().tracing
        ) { trace in
            kept.withLock { $0.append(trace.id) }
        }
        let (lines, logged) = AsyncStream.makeStream(of: FailureLog.Line.self)
        let runner = DutyRunner(
            .sweeper, under: InMemoryDutyLock(store: InMemoryDutyLock.Store()), every: .milliseconds(1),
            clock: ContinuousClock(), logger: Logger(label: "test") { _ in FailureLog { logged.yield($0) } },
            tracer: tracer
        ) { _, _ in throw CancellationError() }
        let running = Task { await runner.run() }
        let seen = try #require(await lines.first { _ in true })
        running.cancel()
        await running.value
        #expect(seen.message == "duty failed" && seen.error is CancellationError)
        #expect(kept.withLock { $0.first } == seen.trace && seen.trace != nil)
    }

    @Test("A runner works again as soon as the work asks for it, and soon tries again if another has the duty")
    func soonAgain() async throws {
        let store = InMemoryDutyLock.Store()
        let rival = InMemoryDutyLock(store: store, lifetime: .milliseconds(100))
        _ = try #require(await rival.acquire(.driftCheck).lease, "and it dies with it")
        let (fences, tick) = AsyncStream.makeStream(of: FencingNumber.self)
        // With its regular pause, the runner would be too late for the suite's time limit.
        let runner = DutyRunner(
            .driftCheck, under: InMemoryDutyLock(store: store), every: .seconds(3_600), clock: ContinuousClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _, fence in
            tick.yield(fence)
            return .again(after: .milliseconds(1))
        }
        let running = Task { await runner.run() }
        var seen: [Int64] = []
        for await fence in fences {
            seen.append(fence.value)
            if seen.count == 3 { break }
        }
        running.cancel()
        await running.value
        #expect(seen == [2, 2, 2])
    }
}

/// A lock with early deadlines, so that its leases are extended often. It reports each extension.
private struct HastyLock: DutyLock {
    private static let lifetime = Duration.milliseconds(30)

    let lock: InMemoryDutyLock
    let onExtended: @Sendable () -> Void

    init(_ lock: InMemoryDutyLock, onExtended: @escaping @Sendable () -> Void) {
        self.lock = lock
        self.onExtended = onExtended
    }

    func acquire(_ duty: Duty) async -> AcquireOutcome {
        guard var lease = await lock.acquire(duty).lease else { return .taken }
        lease.deadline = .now + Self.lifetime
        return .acquired(lease)
    }

    func extend(_ lease: DutyLease) async -> DutyLease? {
        var patient = lease
        patient.deadline = .now + .seconds(30)
        guard var extended = await lock.extend(patient) else { return nil }
        extended.deadline = .now + Self.lifetime
        onExtended()
        return extended
    }

    func release(_ lease: DutyLease) async { await lock.release(lease) }
}

/// Returns when the task is cancelled.
private func untilCancelled() async {
    let (never, _) = AsyncStream.makeStream(of: Void.self)
    for await _ in never {}
}

/// Passes on each warning and its trace.
private struct FailureLog: LogHandler {
    struct Line: Sendable {
        let message: String
        let error: (any Error)?
        let trace: TraceID?
    }

    let onWarning: @Sendable (Line) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    init(_ onWarning: @escaping @Sendable (Line) -> Void) { self.onWarning = onWarning }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        onWarning(Line(message: event.message.description, error: event.error, trace: Trace.current?.id))
    }
}
