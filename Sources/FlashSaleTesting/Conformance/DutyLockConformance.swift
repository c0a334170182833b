// What every DutyLock must do, as checks that the locks in memory, in Redis and in Postgres all pass.

public import FlashSale
internal import Synchronization
internal import Telemetry

/// One rule of the duties' lock, with its check.
public struct DutyLockConformance: Sendable, CustomStringConvertible {
    /// Makes the lock of another instance over the same store, with leases of that length.
    public typealias NewInstance = @Sendable (_ lifetime: Duration) -> any DutyLock

    /// The rule, as a sentence.
    public let description: String
    private let check: @Sendable (NewInstance) async throws -> Void

    private init(_ description: String, _ check: @escaping @Sendable (NewInstance) async throws -> Void) {
        self.description = description
        self.check = check
    }

    /// Runs the check over a store without leases.
    ///
    /// - Throws: `ConformanceFailure` with what was expected and what came.
    public func run(_ newInstance: @escaping NewInstance) async throws {
        // A lock may end with its object, so each is kept until the check is over.
        let instances = Mutex<[any DutyLock]>([])
        try await check { lifetime in
            let lock = newInstance(lifetime)
            instances.withLock { $0.append(lock) }
            return lock
        }
        instances.withLock { $0 = [] }
    }

    /// Longer than any check should take.
    private static let long = Duration.seconds(30)
    private static let short = Duration.milliseconds(500)

    public static let all = [
        DutyLockConformance("One instance at a time has a duty, whatever other duties are taken") { newInstance in
            let (one, other) = (newInstance(long), newInstance(long))
            let lease = try await acquire(.sweeper, by: one)
            try await expectTaken(.sweeper, by: other)
            _ = try await acquire(.scheduler, by: other)
            await one.release(lease)
            _ = try await acquire(.sweeper, by: other)
        },
        DutyLockConformance("An instance does not get a duty that it has already") { newInstance in
            let lock = newInstance(long)
            let lease = try await acquire(.sweeper, by: lock)
            try await expectTaken(.sweeper, by: lock)
            await lock.release(lease)
            _ = try await acquire(.sweeper, by: lock)
        },
        DutyLockConformance("Each lease has a higher fence than the one before, and its own token") { newInstance in
            let locks = [newInstance(long), newInstance(long)]
            var last: DutyLease?
            for round in 0..<6 {
                let lease = try await acquire(.sweeper, by: locks[round % 2])
                if let last {
                    try expect(lease.fence > last.fence, "the fence grows")
                    try expect(lease.token != last.token, "the token is new")
                }
                last = lease
                await locks[round % 2].release(lease)
            }
        },
        DutyLockConformance("Extending a lease changes its deadline and nothing else") { newInstance in
            let lock = newInstance(long)
            let lease = try await acquire(.sweeper, by: lock)
            guard let extended = await lock.extend(lease) else { throw failure("a lease that stands is extended") }
            try expect(extended.deadline > lease.deadline, "the deadline is later")
            try expect(extended.fence == lease.fence && extended.token == lease.token, "fence and token are the same")
            try await expectTaken(.sweeper, by: newInstance(long))
        },
        DutyLockConformance("A released lease cannot be extended, and does not release the next one") { newInstance in
            let (one, other) = (newInstance(long), newInstance(long))
            let lease = try await acquire(.sweeper, by: one)
            await one.release(lease)
            let next = try await acquire(.sweeper, by: other)
            try expect(await one.extend(lease) == nil, "the old lease is lost")
            await one.release(lease)
            try await expectTaken(.sweeper, by: one)
            try expect(await other.extend(next) != nil, "the new lease stands")
        },
        DutyLockConformance("A holder that does not extend loses the duty after its deadline, not before") {
            newInstance in
            let (one, other) = (newInstance(short), newInstance(long))
            let lease = try await acquireInTime(.sweeper, by: one)
            let next = try await acquireInTime(.sweeper, by: other)
            try expect(lease.deadline <= .now, "the deadline has passed")
            try expect(lease.fence < next.fence, "the fence grows")
            try expect(await one.extend(lease) == nil, "the old lease is lost")
            await one.release(lease)
            try expect(await other.extend(next) != nil, "the new lease stands")
        },
        DutyLockConformance("If 8 instances ask at once, one gets the duty") { newInstance in
            let locks = (0..<8).map { _ in newInstance(long) }
            let leases = await withTaskGroup(of: DutyLease?.self) { group in
                for lock in locks { group.addTask { await lock.acquire(.sweeper).lease } }
                return await group.reduce(into: []) { leases, lease in if let lease { leases.append(lease) } }
            }
            try expect(leases.count == 1, "one of them has it")
        },
    ]

    private static func acquire(_ duty: Duty, by lock: any DutyLock) async throws -> DutyLease {
        let outcome = await lock.acquire(duty)
        guard let lease = outcome.lease else { throw failure("a free duty is acquired, got \(outcome)") }
        return lease
    }

    /// Asks again until the duty is free, or the store is fast enough for a lease this short.
    private static func acquireInTime(_ duty: Duty, by lock: any DutyLock) async throws -> DutyLease {
        while true {
            try Task.checkCancellation()
            if let lease = await lock.acquire(duty).lease { return lease }
        }
    }

    private static func expectTaken(_ duty: Duty, by lock: any DutyLock) async throws {
        let outcome = await lock.acquire(duty)
        guard case .taken = outcome else { throw failure("a duty with a holder is taken, got \(outcome)") }
    }

    private static func expect(_ holds: Bool, _ what: String) throws {
        if !holds { throw failure(what) }
    }

    private static func failure(_ what: String) -> ConformanceFailure { ConformanceFailure(description: what) }
}
