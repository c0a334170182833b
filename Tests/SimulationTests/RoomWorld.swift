// The usher over a whole sale: buyers that join, stay away, come late, pay, or let their holds lapse.

import FlashSale
import Textbook
import WaitingRoom

/// A sale of a few hundred units and a line that is many times as long. One step is a quarter of a second.
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

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        let units = Int.random(in: 200...600, using: &generator)
        self.init(
            units: units, drawn: Int32(units * Int.random(in: 4...10, using: &generator)),
            absentPercent: Int.random(in: 0...60, using: &generator),
            lapsesPercent: Int.random(in: 0...30, using: &generator), flaw: flaw)
    }

    init(units: Int, drawn: Int32, absentPercent: Int, lapsesPercent: Int, flaw: Flaw? = nil) {
        self.flaw = flaw
        self.units = units
        self.drawn = drawn
        self.absentPercent = absentPercent
        self.lapsesPercent = lapsesPercent
        free = units
    }

    /// The share of those who came that found nothing though the sale was not over.
    var inVain: Double { Double(emptyHanded) / Double(max(1, came)) }

    private var lastNumber: Int32 { drawn + late }
    private var index: Int32 { Int32(now / Self.stepsPerSecond / Cohort.seconds) }

    mutating func step(_ generator: inout SplitMix64) throws {
        now += 1
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
        try require(inVain <= 0.2, "\(Int(inVain * 100)) % of those who came found nothing")
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
        let cohorts = calledIn.keys.sorted().suffix(16).map { index in
            let cohort = calledIn[index] ?? (0, 0, 0)
            let shown = flaw == .countsAbsenteesAsCome ? cohort.called : cohort.shown
            return Cohort(index: index, last: cohort.last, called: cohort.called, shown: shown)
        }
        let view = UsherView(
            called: called, lastNumber: lastNumber, free: flaw == .ignoresStock ? 100_000 : free,
            taken: units - free, came: came, cohorts: cohorts, index: index, pace: pace, share: share,
            sinceStep: .milliseconds(250), sinceCall: .milliseconds(250 * (now - lastCall)))
        let decided = Usher().step(view)
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
            guard Int.random(in: 0..<100, using: &generator) >= absentPercent else { continue }
            comers[now + Int.random(in: 1...40, using: &generator), default: []].append(number)
        }
        called += step
        lastCall = now
        let before = calledIn[index] ?? (0, 0, 0)
        calledIn[index] = (called, before.called + step, before.shown)
    }
}
