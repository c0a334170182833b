// The usher over a whole sale: buyers that join, stay away, come late, pay, or let their holds lapse.

import FlashSale
import Textbook
import WaitingRoom

/// A sale of a few hundred units and a line that is many times as long. One step is a quarter of a second. The ledger's
/// clock may be set back.
struct RoomWorld: World {
    private static let stepsPerSecond = 4
    private static let holdSteps = 60
    /// Who joins after the start, in which step.
    private static let lateSteps = 400

    private let flaw: Flaw?
    private let units: Int
    private let drawn: Int32
    private let absentPercent: Int
    private let lapsesPercent: Int
    /// How many ask in each second how long they wait.
    private let askers: Int
    /// Whether instances are overloaded now and then.
    private let sheds: Bool
    private var sheddingUntil = 0
    /// Whether the ledger's clock is set back, every half minute or so; and what it says, in steps since the start.
    private let setsBack: Bool
    private var clock = 0
    private var free: Int
    private var sold = 0
    /// The steps in which holds end, and whether by a purchase.
    private var holds: [(endsAt: Int, isBought: Bool)] = []
    private var late: Int32 = 0
    private var called: Int32 = 0
    private var comers: [Int: [Int32]] = [:]
    private var calledIn: [Int32: (last: Int32, called: Int32, shown: Int32)] = [:]
    private var cohortOf: [Int32: Int32] = [:]
    private var pace = Usher.firstPace
    private var share = 1.0
    private var came = 0
    private var emptyHanded = 0
    private var now = 0
    private var lastCall = 0
    /// How many steps in a row a unit was free, somebody waited, and nobody was called.
    private var idle = 0
    /// The waits that were told to those that are not called yet: when, and which.
    private var told: [Int32: [(at: Int, wait: ClosedRange<Int>)]] = [:]
    /// The waits that were told, and those that were not so.
    private(set) var toldCount = 0
    private(set) var wrongCount = 0

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        let units = Int.random(in: 200...600, using: &generator)
        self.init(
            units: units, drawn: Int32(units * Int.random(in: 4...10, using: &generator)),
            absentPercent: Int.random(in: 0...60, using: &generator),
            lapsesPercent: Int.random(in: 0...30, using: &generator), sheds: Bool.random(using: &generator),
            setsBack: Bool.random(using: &generator), flaw: flaw)
    }

    init(
        units: Int, drawn: Int32, absentPercent: Int, lapsesPercent: Int, askers: Int = 4, sheds: Bool = false,
        setsBack: Bool = false, flaw: Flaw? = nil
    ) {
        self.flaw = flaw
        self.units = units
        self.drawn = drawn
        self.absentPercent = absentPercent
        self.lapsesPercent = lapsesPercent
        self.askers = askers
        self.sheds = sheds
        self.setsBack = setsBack
        free = units
    }

    /// The share of those who came that found nothing though the sale was not over.
    var inVain: Double { Double(emptyHanded) / Double(max(1, came)) }

    private var lastNumber: Int32 { drawn + late }
    private var index: Int32 { Int32(clock / Self.stepsPerSecond / Cohort.seconds) }

    mutating func step(_ generator: inout SplitMix64) throws {
        now += 1
        clock += 1
        if setsBack, Int.random(in: 0..<100, using: &generator) == 0 {
            clock -= Int.random(in: 0...clock, using: &generator)
        }
        for hold in holds where hold.endsAt == now {
            if hold.isBought { sold += 1 } else { free += 1 }
        }
        holds.removeAll { $0.endsAt == now }
        if now < Self.lateSteps, Bool.random(using: &generator) { try join() }
        try come(&generator)
        try call(&generator)
        try require(free + holds.count + sold == units, "units are lost")
    }

    mutating func finish(_ generator: inout SplitMix64) throws {
        while now < 8_000, free + holds.count > 0, called < lastNumber { try step(&generator) }
        // Each time that the clock is set back, and here that is often, those who were called are expected no more.
        try require(inVain <= (setsBack ? 0.4 : 0.2), "\(Int(inVain * 100)) % of those who came found nothing")
        wrongCount += told.values.reduce(0) { $0 + $1.count }
        told = [:]
        try require(wrongCount <= 2 + toldCount / 10, "of \(toldCount) waits that were told \(wrongCount) were not so")
    }

    private mutating func join() throws {
        late += 1
        let number = flaw == .favoursTheLate ? called + 1 : drawn + late
        try require(number > drawn, "a late buyer has a drawn buyer's number")
    }

    /// Those who were called come, and take a unit if there is one.
    private mutating func come(_ generator: inout SplitMix64) throws {
        for number in comers.removeValue(forKey: now) ?? [] {
            came += 1
            if let cohort = cohortOf[number] { calledIn[cohort]?.shown += 1 }
            guard free > 0 else {
                // Nobody can know of a unit that is sold while the last buyers are on their way.
                if !holds.isEmpty || now < 400 { emptyHanded += 1 }
                continue
            }
            free -= 1
            let isBought = Int.random(in: 0..<100, using: &generator) >= lapsesPercent
            let lasts = isBought ? Int.random(in: 4...40, using: &generator) : Self.holdSteps
            holds.append((now + lasts, isBought))
        }
    }

    private mutating func call(_ generator: inout SplitMix64) throws {
        let cohorts = calledIn.keys.filter((index - 15...index).contains).sorted().map { index in
            let cohort = calledIn[index] ?? (0, 0, 0)
            let shown = flaw == .countsAbsenteesAsCome ? cohort.called : cohort.shown
            return Cohort(index: index, last: cohort.last, called: cohort.called, shown: shown)
        }
        tell(cohorts, &generator)
        let isShedding = isShedding(&generator)
        let steps = flaw == .waitsForTheClock ? max(0, clock - lastCall) : clock - lastCall
        let view = UsherView(
            called: called, lastNumber: lastNumber, free: flaw == .ignoresStock ? 100_000 : free,
            unitsPerCart: came > 0 ? max(1, Double(units - free) / Double(came)) : 1, cohorts: cohorts, index: index,
            pace: pace, share: share,
            isShedding: isShedding, sinceStep: .milliseconds(250), sinceCall: .milliseconds(250 * steps))
        let decided = Usher.step(view)
        (pace, share) = (decided.pace, decided.share)
        let step = flaw == .callsBack && now.isMultiple(of: 50) ? -decided.step : decided.step
        try require(step >= 0, "called falls")
        try require(called + step <= lastNumber, "a number is called that nobody has")
        let bound = 20 * view.pace * 0.25 + 1
        try require(Double(step) <= bound, "\(step) numbers are called at once, at a pace of \(view.pace)")
        idle = step == 0 && free > 0 && called < lastNumber ? idle + 1 : 0
        try require(idle <= 2 * Self.stepsPerSecond, "a unit has been free for 2 s while somebody waits")
        guard step > 0 else { return }
        for number in called + 1...called + step {
            cohortOf[number] = index
            judge(number)
            guard Int.random(in: 0..<100, using: &generator) >= absentPercent else { continue }
            comers[now + Int.random(in: 1...40, using: &generator), default: []].append(number)
        }
        called += step
        lastCall = clock
        let before = calledIn[index] ?? (0, 0, 0)
        calledIn[index] = (called, before.called + step, before.shown)
    }

    /// Bursts of two seconds at most.
    private mutating func isShedding(_ generator: inout SplitMix64) -> Bool {
        guard sheds else { return false }
        if Int.random(in: 0..<100, using: &generator) == 0 {
            sheddingUntil = now + Int.random(in: 1...8, using: &generator)
        }
        return now < sheddingUntil
    }

    /// Some of those that wait ask how long they will.
    private mutating func tell(_ cohorts: [Cohort], _ generator: inout SplitMix64) {
        guard now.isMultiple(of: Self.stepsPerSecond), called < lastNumber else { return }
        let state = QueueState(
            commit: "", draw: nil, called: called,
            counts: QueueCounts(gathered: drawn, late: late, came: Int32(came)),
            stock: StockCount(free: flaw == .tellsBehindTheStock ? 100_000 : free, held: holds.count, sold: sold),
            cohorts: cohorts, usher: UsherMemory(pace: pace, share: share), readAt: Timestamp(microseconds: 0))
        let forecast = QueueForecast(of: state, index: index)
        for _ in 0..<askers {
            let number = Int32.random(in: called + 1...lastNumber, using: &generator)
            guard let wait = forecast.wait(ahead: Int(number - called - 1)) else { continue }
            toldCount += 1
            told[number, default: []].append((now, wait))
        }
    }

    /// The number is called: were the waits so that it was told?
    private mutating func judge(_ number: Int32) {
        for told in told.removeValue(forKey: number) ?? [] {
            let truth = Double(now - told.at) / Double(Self.stepsPerSecond)
            // A wait is told in whole seconds.
            let isRight = Double(told.wait.lowerBound) - 1 <= truth && truth <= Double(told.wait.upperBound) + 1
            if !isRight { wrongCount += 1 }
        }
    }
}
