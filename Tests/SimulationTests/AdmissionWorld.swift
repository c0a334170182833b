// The admission level under any course of a crowd, over a loop and a ledger that can do so much and no more.

import FlashSale
import Telemetry
import Textbook

/// Visitors of all classes who keep asking, and two queues of the work that is let in. A step is 100 ms.
struct AdmissionWorld: World {
    private static let visitorsPerClass = 400
    private static let step = 0.1
    /// What one class asks of the loop and of the ledger, of all that is asked.
    private static let shares: [(kind: RequestClass, loop: Double, ledger: Double)] = [
        (.holder, 0.05, 0.05), (.checkout, 0.55, 0.95), (.catalogue, 0.25, 0), (.stranger, 0.15, 0),
    ]
    /// The steps after a change of the crowd in which the level may still be on its way.
    private static let stepsToSettle = 110
    private static let stepsToRecover = 200
    private static let stepsToFall = 10
    /// Seconds of work.
    private static let ledgerQueueMax = 0.03

    private let flaw: Flaw?
    private var level = AdmissionLevel()
    /// The places of the visitors of each class, in their order.
    private let places: [[UInt32]]
    /// Seconds of work that are asked for in each second.
    private var loopDemand = 0.5
    private var ledgerDemand = 0.5
    /// Seconds of work of the heads that wait, by class, and of what the ledger has taken in.
    private var waiting = [Double](repeating: 0, count: shares.count)
    private var ledgerQueue = 0.0
    /// Of the last step: what was let in of each class, in thousandths of a second of the loop, and the shortest waits.
    private var letIn = [UInt64](repeating: 0, count: RequestClass.all.count)
    private var loopDelay = Duration.zero
    private var ledgerDelay = Duration.zero
    /// How many steps the crowd has been the same.
    private var steps = 0
    private var calmSteps = 0
    private var crushSteps = 0
    private var sums = Sums()

    /// What happened since the level has settled.
    private struct Sums {
        /// How busy the busier of both was.
        var done = 0.0
        var delay = 0.0
        var askedOfLedger = 0.0
        var refusedByLedger = 0.0
    }

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
        places = Self.shares.map { share in
            (0..<Self.visitorsPerClass).map { _ in AdmissionPlace(drawnBy: generator.next()).place(of: share.kind) }
                .sorted()
        }
    }

    mutating func step(_ generator: inout SplitMix64) throws {
        if Int.random(in: 0..<300, using: &generator) == 0 { changeCrowd(&generator) }
        work()
        judge()
        try check(&generator)
    }

    /// The crowd leaves, and everything must be let in again.
    mutating func finish(_ generator: inout SplitMix64) throws {
        (loopDemand, ledgerDemand, steps) = (0.2, 0.2, 0)
        for _ in 0..<Self.stepsToRecover + Self.stepsToSettle {
            work()
            judge()
        }
        try require(level.isWhole, "the crowd has left, and the level is \(level.value)")
    }

    private mutating func changeCrowd(_ generator: inout SplitMix64) {
        func demand() -> Double {
            Bool.random(using: &generator)
                ? Double.random(in: 0.1...0.8, using: &generator) : Double.random(in: 1.5...10, using: &generator)
        }
        (loopDemand, ledgerDemand) = (demand(), demand())
        steps = 0
    }

    /// The share of a class's visitors that are let in.
    private func admitted(_ index: Int) -> Double {
        var (low, high) = (0, places[index].count)
        while low < high {
            let middle = (low + high) / 2
            if places[index][middle] < level.bar { low = middle + 1 } else { high = middle }
        }
        return Double(low) / Double(places[index].count)
    }

    /// The loop reads heads and does what is let in, as much as it can. The ledger's queue takes 30 ms of it at most.
    private mutating func work() {
        let parts = Self.shares.indices.map { admitted(flaw == .shedsHolders && $0 == 0 ? 1 : $0) }
        var letIn = 0.0
        for (index, share) in Self.shares.enumerated() {
            // Each visitor waits with one request: a second's worth of them all.
            let most = loopDemand * share.loop
            waiting[index] = min(waiting[index] + most * Self.step, most)
            letIn += waiting[index] * parts[index]
        }
        let served = letIn > Self.step ? Self.step / letIn : 1
        for (index, share) in Self.shares.enumerated() {
            self.letIn[share.kind.index] = UInt64(waiting[index] * parts[index] * served * 1_000)
        }
        for index in waiting.indices { waiting[index] *= 1 - served }
        loopDelay = .seconds(letIn * (1 - served))

        let queueBefore = ledgerQueue
        let part = zip(Self.shares, parts).reduce(0) { $0 + $1.0.ledger * $1.1 }
        let asked = ledgerDemand * part * served * Self.step
        let taken = min(asked, Self.ledgerQueueMax + Self.step - ledgerQueue)
        let ledgerWork = min(ledgerQueue + taken, Self.step)
        ledgerQueue += taken - ledgerWork
        ledgerDelay = .seconds(min(queueBefore, ledgerQueue))

        steps += 1
        if steps == Self.stepsToSettle { sums = Sums() }
        sums.done += max(min(letIn, Self.step), ledgerWork) / Self.step
        sums.delay += letIn * (1 - served)
        sums.askedOfLedger += asked
        sums.refusedByLedger += asked - taken
    }

    private mutating func judge() {
        let before = level
        let loop = flaw == .deafToTheLoop ? .zero : loopDelay
        let ledger = flaw == .deafToTheLedger ? .zero : ledgerDelay
        level.judge(loopDelay: loop, ledgerDelay: ledger, letIn: letIn, keptOut: 0)
        if flaw == .staysDown, level.value > before.value { level = before }
        if flaw == .staysUp, level.value < before.value { level = before }
        if flaw == .fallsAtOnce, level.value < before.value {
            for _ in 0..<Self.stepsToFall {
                level.judge(loopDelay: .seconds(1), ledgerDelay: .zero, letIn: letIn, keptOut: 0)
            }
        }
        let excess = max(loopDelay / AdmissionLevel.loopTarget, ledgerDelay / AdmissionLevel.ledgerTarget)
        calmSteps = excess > 1 ? 0 : calmSteps + 1
        crushSteps = excess > 1 ? crushSteps + 1 : 0
    }

    private func check(_ generator: inout SplitMix64) throws {
        try require((2...6).contains(level.value), "the level is \(level.value)")
        try require(calmSteps < Self.stepsToRecover || level.isWhole, "20 s of calm, and the level is \(level.value)")
        try require(crushSteps < Self.stepsToFall || level.value == 2, "a crush, and the level is \(level.value)")
        try checkVisitor(&generator)
        guard steps >= Self.stepsToSettle + 50 else { return }
        guard max(loopDemand, ledgerDemand) > 1 else { return }
        let count = Double(steps - Self.stepsToSettle)
        try require(sums.done / count > 0.55, "under overload the service works for \(sums.done / count) of the time")
        try require(sums.delay / count < 0.05, "under overload bytes wait for \(sums.delay / count) s")
        let refused = sums.refusedByLedger / sums.askedOfLedger
        try require(refused < 0.3, "the ledger's queue refuses \(refused) of what was let in")
    }

    /// A visitor has all its requests let in or none, and a holder each.
    private func checkVisitor(_ generator: inout SplitMix64) throws {
        let visitor = AdmissionPlace(drawnBy: generator.next())
        func admits(_ kind: RequestClass) -> Bool {
            let place = flaw == .drawsAnew ? AdmissionPlace(drawnBy: generator.next()) : visitor
            return place.place(of: kind) < level.bar
        }
        try require(admits(flaw == .shedsHolders ? .checkout : .holder), "a holder is shed")
        try require(admits(.checkout) == admits(.checkout), "a visitor is let in, and then not")
        let (first, second): (RequestClass, RequestClass) =
            flaw == .looksFirst ? (.catalogue, .checkout) : (.checkout, .catalogue)
        try require(admits(first) || !admits(second), "who looks around is let in before who checks out")
    }
}
