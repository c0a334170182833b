// What the ledger in memory keeps of one waiting room.

internal import FlashSale
internal import WaitingRoom

/// The line of one sale.
struct SaleLine {
    /// Any seed will do where nobody has to be surprised.
    private let seed = DrawSeed(String(repeating: "0123456789abcdef", count: 4))
    private var ticketCount: Int32?
    private(set) var called: Int32 = 0
    private var memory = UsherMemory()
    private var reports: [UInt64: QueueReport] = [:]
    private var cohorts: [Cohort] = []

    mutating func report(_ report: QueueReport) { reports[report.instance] = report }

    mutating func publishDraw() {
        ticketCount = ticketCount ?? reports.values.reduce(0) { $0 + $1.counts.gathered }
    }

    mutating func call(_ step: UsherStep, from view: UsherView, of sale: Sale, at now: Timestamp) -> Bool {
        guard ticketCount != nil, called == view.called else { return false }
        called += step.step
        memory = UsherMemory(
            pace: step.pace, share: step.share, sheds: view.sheds, steppedAt: now,
            calledAt: step.step > 0 ? now : memory.calledAt)
        guard step.step > 0 else { return true }
        let index = Self.index(at: now, in: sale)
        let before = cohorts.last?.index == index ? cohorts.removeLast().called : 0
        cohorts.append(Cohort(index: index, last: called, called: before + step.step, shown: 0))
        return true
    }

    func state(of sale: Sale, stock: StockCount, at now: Timestamp) -> QueueState? {
        guard let seed else { return nil }
        var counts = QueueCounts()
        for report in reports.values {
            counts.gathered += report.counts.gathered
            counts.late += report.counts.late
            counts.came += report.counts.came
            counts.sheds += report.counts.sheds
        }
        let shown = cohorts.filter { $0.index <= Self.index(at: now, in: sale) }.map { cohort in
            Cohort(
                index: cohort.index, last: cohort.last, called: cohort.called,
                shown: reports.values.reduce(0) { $0 + ($1.shown[cohort.index] ?? 0) })
        }
        return QueueState(
            commit: seed.commit, draw: ticketCount.map { QueueState.Draw(seed: seed, ticketCount: $0) },
            called: called, counts: counts, stock: stock, cohorts: shown, usher: memory, readAt: now)
    }

    private static func index(at now: Timestamp, in sale: Sale) -> Int32 {
        Int32((now - sale.startedAt) / .seconds(1)) / Int32(Cohort.seconds)
    }
}
