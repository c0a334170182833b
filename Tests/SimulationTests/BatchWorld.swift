// The group commit under any order of arrivals, outcomes and deadlines.

import FlashSale
import Textbook

@testable import PostgresLedger

/// Requests of three sales. They wait, go out in batches and come back, some of them for the next batch.
struct BatchWorld: World {
    private typealias State = GroupCommitState<Int>

    private static let rowsMax = 16
    private static let waitersMax = 40
    private static let timeLeast = Duration.milliseconds(50)

    private var state: State
    private let start = ContinuousClock.now
    private var elapsed = Duration.zero
    private var nextEntry = 0
    /// The entries without an outcome, by where they are.
    private var waiting: [Int: SaleID] = [:]
    /// The sales whose batch is opened and not filled.
    private var opened: Set<SaleID> = []
    private var inFlight: [SaleID: State.Batch] = [:]
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
        let sale = SaleID(Int32.random(in: 1...3, using: &generator))
        let deadline = now + .milliseconds(Int.random(in: 0...400, using: &generator))
        let entry = nextEntry
        switch state.submit(entry, to: sale, deadline: deadline) {
        case .full:
            try require(waiting.count >= Self.waitersMax, "a request was refused while \(waiting.count) waited")
            return
        case .queued:
            try require(inFlight[sale] != nil || opened.contains(sale), "a request waits for nothing")
        case .opened:
            try require(inFlight[sale] == nil && opened.insert(sale).inserted, "a second batch of a sale is opened")
        }
        nextEntry += 1
        waiting[entry] = sale
    }

    /// The thread that sends gets to a batch that was opened.
    private mutating func fill(_ generator: inout SplitMix64) throws {
        guard let sale = opened.sorted().randomElement(using: &generator) else { return }
        opened.remove(sale)
        try perform(state.fill(sale, at: now), of: sale)
    }

    private mutating func finishBatch(_ generator: inout SplitMix64, mayAskAgain: Bool) throws {
        let sales = inFlight.keys.sorted()
        guard !sales.isEmpty else { return }
        let sale = sales[Int.random(in: 0..<sales.count, using: &generator)]
        guard let batch = inFlight.removeValue(forKey: sale) else { return }
        // Sometimes the connection is lost, and the batch with it: no request is told yes.
        if Int.random(in: 0..<8, using: &generator) == 0 {
            try require(
                batch.waiters.allSatisfy { !acknowledged.contains($0.entry) },
                "a request that was rolled back was told yes")
            answered += batch.waiters.count
            if state.finished(sale, again: [], at: now) { opened.insert(sale) }
            return
        }
        var again: [State.Waiter] = []
        for waiter in batch.waiters {
            // The first of a batch is always decided, as in the functions.
            if mayAskAgain, waiter.entry != batch.waiters[0].entry, Int.random(in: 0..<4, using: &generator) == 0 {
                again.append(waiter)
                waiting[waiter.entry] = sale
            } else {
                try require(
                    acknowledged.insert(waiter.entry).inserted || flaw == .answersBeforeCommit,
                    "a request has two outcomes")
                answered += 1
            }
        }
        if flaw == .sendsTwice, again.isEmpty, mayAskAgain { again = [batch.waiters[0]] }
        if state.finished(sale, again: again, at: now) { opened.insert(sale) }
    }

    private mutating func perform(_ actions: State.Actions, of sale: SaleID) throws {
        for waiter in actions.expired {
            try require(waiting.removeValue(forKey: waiter.entry) == sale, "a request expired that did not wait")
            try require(waiter.deadline - now < Self.timeLeast, "a request expired with time left")
            answered += 1
        }
        guard let batch = actions.start else { return }
        try require(batch.sale == sale && inFlight[sale] == nil, "a second batch of a sale is in flight")
        try require(!batch.waiters.isEmpty && batch.waiters.count <= Self.rowsMax, "a batch of \(batch.waiters.count)")
        try require(batch.deadline == batch.waiters.map(\.deadline).min(), "a batch outlives a deadline")
        for waiter in batch.waiters {
            try require(waiting.removeValue(forKey: waiter.entry) == sale, "a request is in two batches")
            try require(waiter.deadline - now >= Self.timeLeast, "a request was sent that cannot end in time")
        }
        inFlight[sale] = batch
        if flaw == .answersBeforeCommit { acknowledged.formUnion(batch.waiters.map(\.entry)) }
    }

    private func check() throws {
        try require(state.waiting == waiting.count, "\(state.waiting) wait, and not \(waiting.count)")
        try require(
            waiting.values.allSatisfy { inFlight[$0] != nil || opened.contains($0) },
            "a sale's requests wait although it has no batch")
    }
}
