// The duties' lock without a store, for tests of duties. It behaves as the locks in Redis and Postgres do: all pass the
// conformance.

public import FlashSale
internal import Synchronization
public import Telemetry

/// An instance's lock. Instances that share a store exclude each other.
public final class InMemoryDutyLock: DutyLock {
    /// What the instances share: the leases and the fences.
    public final class Store: Sendable {
        fileprivate let holders = Mutex<[Duty: DutyLease]>([:])
        private let fences = Mutex<[Duty: Int64]>([:])

        public init() {}

        public func nextFence(_ duty: Duty) -> FencingNumber {
            fences.withLock { fences in
                fences[duty, default: 0] += 1
                return FencingNumber(fences[duty, default: 0])
            }
        }

        /// Forgets all holders, as FLUSHALL does.
        public func flush() { holders.withLock { $0 = [:] } }
    }

    private let store: Store
    private let lifetime: Duration
    private let nextFence: @Sendable (Duty) async -> FencingNumber?
    private let canReachStore = Atomic(true)

    /// - Parameter nextFence: raises the duty's fence; by default the store's.
    public init(
        store: Store = Store(), lifetime: Duration = .seconds(30),
        nextFence: (@Sendable (Duty) async -> FencingNumber?)? = nil
    ) {
        self.store = store
        self.lifetime = lifetime
        self.nextFence = nextFence ?? { store.nextFence($0) }
    }

    /// Whether this instance can reach the store. While it cannot, it acquires nothing and loses every lease.
    public var isAvailable: Bool {
        get { canReachStore.load(ordering: .relaxed) }
        set { canReachStore.store(newValue, ordering: .relaxed) }
    }

    public func acquire(_ duty: Duty) async -> AcquireOutcome {
        guard isAvailable else { return .unavailable }
        let token = String(UInt64.random(in: .min ... .max))
        let mark = DutyLease(duty: duty, fence: FencingNumber(0), token: token, deadline: .now + lifetime)
        let isMine = store.holders.withLock { holders in
            if let holder = holders[duty], holder.deadline > .now { return false }
            holders[duty] = mark
            return true
        }
        guard isMine else { return .taken }
        guard let fence = await nextFence(duty) else {
            await release(mark)
            return .taken
        }
        return .acquired(DutyLease(duty: duty, fence: fence, token: token, deadline: mark.deadline))
    }

    public func extend(_ lease: DutyLease) async -> DutyLease? {
        guard isAvailable else { return nil }
        var extended = lease
        extended.deadline = .now + lifetime
        return store.holders.withLock { [extended] holders in
            guard holders[lease.duty]?.token == lease.token, lease.deadline > .now else { return nil }
            holders[lease.duty] = extended
            return extended
        }
    }

    public func release(_ lease: DutyLease) async {
        guard isAvailable else { return }
        store.holders.withLock { holders in
            if holders[lease.duty]?.token == lease.token { holders[lease.duty] = nil }
        }
    }
}
