// The group commit under any order of arrivals, outcomes and deadlines.

import FlashSale
import Textbook

@testable import PostgresLedger

/// Requests of two sales, one of them with lanes. They wait, go out in batches and come back, some of them for the next
/// batch.
struct BatchWorld: World {
    private typealias State = GroupCommitState<Int>

    private static let lanes: [SaleLane] = [
        .whole(SaleID(1), nil), .whole(SaleID(2), Lane(0)), .beside(SaleID(2), Lane(0)), .beside(SaleID(2), Lane(1)),
    ].compactMap(\.self)
    private static let rowsMax = 16
    private static let waitersMax = 40
    private static let timeLeast = Duration.milliseconds(50)

    private var state: State
    private let start = ContinuousClock.now
    private var elapsed = Duration.zero
    private var nextEntry = 0
    /// The entries without an outcome, by where they are.
    private var waiting: [Int: SaleLane] = [:]
    /// The lanes whose batch is opened and not filled.
    private var opened: Set<SaleLane> = []
    private var inFlight: [SaleLane: State.Batch] = [:]
    private var answered = 0
    private let flaw: Flaw?
    /// The entries that were told yes: what they asked for is committed.
    private var acknowledged: Set<Int> = []

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
        state = State(rowsMax: Self.rowsMax, waitersMax: Self.waitersMax, timeLeast: Self.timeLeast)
    }

    private var now: ContinuousClock.Instant { start + elapsed }

    mutating func step(_ generator: inout SplitMix64) throws {
        switch Int.random(in: 0..<9, using: &generator) {
        case 0..<5: try submit(&generator)
        case 5: try fill(&generator)
        case 6: elapsed += .milliseconds(Int.random(in: 0...120, using: &generator))
        default: try finishBatch(&generator, mayAskAgain: true)
        }
        try check()
    }

    mutating func finish(_ generator: inout SplitMix64) throws {
        while !inFlight.isEmpty || !opened.isEmpty {
            try fill(&generator)
            try finishBatch(&generator, mayAskAgain: false)
            try check()
        }
        try require(waiting.isEmpty, "\(waiting.count) requests wait for a batch that will not start")
        try require(answered == nextEntry, "\(nextEntry - answered) requests have no answer")
    }

    private mutating func submit(_ generator: inout SplitMix64) throws {
        let lane = Self.lanes[Int.random(in: 0..<Self.lanes.count, using: &generator)]
        let deadline = now + .milliseconds(Int.random(in: 0...400, using: &generator))
        let entry = nextEntry
        switch state.submit(entry, to: lane, deadline: deadline) {
        case .full:
            try require(waiting.count >= Self.waitersMax, "a request was refused while \(waiting.count) waited")
            return
        case .queued:
            try require(inFlight[lane] != nil || opened.contains(lane), "a request waits for nothing")
        case .opened:
            try require(inFlight[lane] == nil && opened.insert(lane).inserted, "a second batch of a lane is opened")
        }
        nextEntry += 1
        waiting[entry] = lane
    }

    /// The thread that sends gets to a batch that was opened.
    private mutating func fill(_ generator: inout SplitMix64) throws {
        guard let lane = Self.lanes.filter(opened.contains).randomElement(using: &generator) else { return }
        opened.remove(lane)
        try perform(state.fill(lane, at: now), of: lane)
    }

    private mutating func finishBatch(_ generator: inout SplitMix64, mayAskAgain: Bool) throws {
        let busy = Self.lanes.filter { inFlight[$0] != nil }
        guard !busy.isEmpty else { return }
        let lane = busy[Int.random(in: 0..<busy.count, using: &generator)]
        guard let batch = inFlight.removeValue(forKey: lane) else { return }
        // Sometimes the connection is lost, and the batch with it: no request is told yes.
        if Int.random(in: 0..<8, using: &generator) == 0 {
            try require(
                batch.waiters.allSatisfy { !acknowledged.contains($0.entry) },
                "a request that was rolled back was told yes")
            answered += batch.waiters.count
            if state.finished(lane, again: [], at: now) { opened.insert(lane) }
            return
        }
        var again: [State.Waiter] = []
        for waiter in batch.waiters {
            // The first of a batch is always decided, as in the functions.
            if mayAskAgain, waiter.entry != batch.waiters[0].entry, Int.random(in: 0..<4, using: &generator) == 0 {
                again.append(waiter)
                waiting[waiter.entry] = lane
            } else {
                try require(
                    acknowledged.insert(waiter.entry).inserted || flaw == .answersBeforeCommit,
                    "a request has two outcomes")
                answered += 1
            }
        }
        if flaw == .sendsTwice, again.isEmpty, mayAskAgain { again = [batch.waiters[0]] }
        if state.finished(lane, again: again, at: now) { opened.insert(lane) }
    }

    private mutating func perform(_ actions: State.Actions, of lane: SaleLane) throws {
        for waiter in actions.expired {
            try require(waiting.removeValue(forKey: waiter.entry) == lane, "a request expired that did not wait")
            try require(waiter.deadline - now < Self.timeLeast, "a request expired with time left")
            answered += 1
        }
        guard let batch = actions.start else { return }
        try require(batch.lane == lane && inFlight[lane] == nil, "a second batch of a lane is in flight")
        try require(!batch.waiters.isEmpty && batch.waiters.count <= Self.rowsMax, "a batch of \(batch.waiters.count)")
        try require(batch.deadline == batch.waiters.map(\.deadline).min(), "a batch outlives a deadline")
        for waiter in batch.waiters {
            try require(waiting.removeValue(forKey: waiter.entry) == lane, "a request is in two batches")
            try require(waiter.deadline - now >= Self.timeLeast, "a request was sent that cannot end in time")
        }
        inFlight[lane] = batch
        if flaw == .answersBeforeCommit { acknowledged.formUnion(batch.waiters.map(\.entry)) }
    }

    private func check() throws {
        try require(state.waiting == waiting.count, "\(state.waiting) wait, and not \(waiting.count)")
        try require(
            waiting.values.allSatisfy { inFlight[$0] != nil || opened.contains($0) },
            "a lane's requests wait although it has no batch")
    }
}
