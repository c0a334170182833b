// A duty's lock under any order of questions, replies, pauses and losses, with the skew of clocks.

import FlashSale
import Telemetry
import Textbook

/// Three instances that want one duty. Each asks, gets a reply, works, extends and releases, one step at a time, as the
/// generator chooses. The world plays the lock's store and the ledger with its fences.
struct DutyWorld: World {
    private enum Phase {
        case waiting(until: ContinuousClock.Instant)
        /// The question is on its way to the store, and the deadline counts already.
        case asking(deadline: ContinuousClock.Instant)
        /// The store has replied, and the instance has not read it.
        case replied(DutyLease?)
        case holding(DutyLease, extendAt: ContinuousClock.Instant, workAt: ContinuousClock.Instant)
        case extending(DutyLease, deadline: ContinuousClock.Instant)
        case extended(DutyLease, isLost: Bool)
    }

    private static let term = LeaseTerm(lifetime: .seconds(3))
    private static let pace = DutyPace(every: .milliseconds(250))
    /// How much faster or slower an instance's clock runs than the store's, in thousandths.
    private static let skews = [-8, 0, 8]

    private let flaw: Flaw?
    private let start = ContinuousClock.now
    private var elapsed = Duration.zero
    private var phases: [Phase]
    private var lock: (token: String, until: ContinuousClock.Instant)?
    /// The tokens that had the lock since the store last forgot everything.
    private var remembered: Set<String> = []
    private var tokensGiven = 0
    private var fence: Int64 = 0
    private var lastHolder = ""
    private var writes = 0

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
        phases = Self.skews.map { _ in .waiting(until: ContinuousClock.now) }
    }

    private var now: ContinuousClock.Instant { start + elapsed }

    private func local(_ instance: Int) -> ContinuousClock.Instant {
        now + elapsed * Self.skews[instance] / 1_000
    }

    mutating func step(_ generator: inout SplitMix64) throws {
        switch Int.random(in: 0..<64, using: &generator) {
        case 0..<8: elapsed += .milliseconds(Int.random(in: 0...150, using: &generator))
        case 8: elapsed += .milliseconds(Int.random(in: 0...4_000, using: &generator))
        case 9:
            // FLUSHALL: another instance may get a duty that one still believes to have. The fence guards then.
            lock = nil
            remembered = []
        default: try advance(Int.random(in: 0..<phases.count, using: &generator), &generator)
        }
        try check()
    }

    /// Whichever instance is gone, one works when a lease and a pause are over.
    mutating func finish(_ generator: inout SplitMix64) throws {
        let before = writes
        let bound = Self.term.lifetime + DutyPace.retryMax + .seconds(1)
        let end = elapsed + bound
        while elapsed < end, writes == before {
            for instance in phases.indices { try advance(instance, &generator) }
            elapsed += .milliseconds(20)
            try check()
        }
        try require(writes > before, "no instance has done the duty for \(bound)")
    }

    private mutating func advance(_ instance: Int, _ generator: inout SplitMix64) throws {
        let clock = local(instance)
        switch phases[instance] {
        case .waiting(let end):
            if clock >= end { phases[instance] = .asking(deadline: deadline(askedAt: clock)) }
        case .asking(let deadline): phases[instance] = .replied(acquire(deadline))
        case .replied(let lease?) where lease.stands(at: clock): hold(lease, instance, workAt: clock)
        case .replied(let lease?): release(lease, instance)
        case .replied(nil): phases[instance] = .waiting(until: clock + Self.pace.retry)
        case .holding(let lease, let extendAt, let workAt):
            if !lease.stands(at: clock) || Int.random(in: 0..<64, using: &generator) == 0 {
                release(lease, instance)
            } else if clock >= extendAt {
                phases[instance] = .extending(lease, deadline: deadline(askedAt: clock))
            } else if clock >= workAt {
                try work(lease, instance, &generator)
            }
        case .extending(var lease, let deadline):
            let isOurs = lock?.token == lease.token && lock.map { $0.until > now } == true
            if isOurs {
                lock = (lease.token, now + Self.term.lifetime)
                lease.deadline = deadline
            }
            phases[instance] = .extended(lease, isLost: !isOurs)
        case .extended(let lease, let isLost):
            if isLost || !lease.stands(at: clock) {
                release(lease, instance)
            } else {
                hold(lease, instance, workAt: clock)
            }
        }
    }

    private func deadline(askedAt clock: ContinuousClock.Instant) -> ContinuousClock.Instant {
        flaw == .leaseWithoutDeadline ? clock + .seconds(1_000_000) : Self.term.deadline(askedAt: clock)
    }

    /// The store gives the lock if it is free, and the ledger a fence.
    private mutating func acquire(_ deadline: ContinuousClock.Instant) -> DutyLease? {
        if let lock, lock.until > now { return nil }
        tokensGiven += 1
        let token = "\(tokensGiven)"
        lock = (token, now + Self.term.lifetime)
        remembered.insert(token)
        lastHolder = token
        if flaw != .fenceNotRaised { fence += 1 }
        return DutyLease(duty: .sweeper, fence: FencingNumber(fence), token: token, deadline: deadline)
    }

    private mutating func hold(_ lease: DutyLease, _ instance: Int, workAt: ContinuousClock.Instant) {
        let clock = local(instance)
        phases[instance] = .holding(
            lease, extendAt: clock + lease.pauseBeforeExtending(at: clock), workAt: workAt)
    }

    private mutating func release(_ lease: DutyLease, _ instance: Int) {
        if lock?.token == lease.token || flaw == .unlocksBlindly { lock = nil }
        phases[instance] = .waiting(until: local(instance) + Self.pace.retry)
    }

    /// A write: the ledger takes it if no fence is newer.
    private mutating func work(_ lease: DutyLease, _ instance: Int, _ generator: inout SplitMix64) throws {
        var outcome: DutyOutcome? = .stale
        if lease.fence.value == fence {
            try require(lease.token == lastHolder, "a stale holder has written")
            writes += 1
            outcome = [.done, .again(after: .milliseconds(5)), nil].randomElement(using: &generator) ?? nil
        }
        guard let pause = Self.pace.pause(after: outcome) else {
            try require(outcome == .stale, "the newest holder gave up its duty")
            release(lease, instance)
            return
        }
        try require(outcome != .stale && pause <= Self.pace.every, "a stale holder goes on")
        hold(lease, instance, workAt: local(instance) + pause)
    }

    /// While the store forgets nothing, at most one instance believes that it has the duty.
    private func check() throws {
        var believers = 0
        for (instance, phase) in phases.enumerated() {
            switch phase {
            case .replied(let lease?), .holding(let lease, _, _), .extending(let lease, _), .extended(let lease, _):
                if remembered.contains(lease.token), lease.stands(at: local(instance)) { believers += 1 }
            case .waiting, .asking, .replied(nil): break
            }
        }
        try require(believers <= 1, "\(believers) instances believe that they have the duty")
    }
}
