// The lanes of a run: each has its buyers, its connections and its facts. It performs the decisions of the schedule and
// the buyers, and makes none itself.
//
// A turn of a lane: due buyers decide; their requests get connections; the journal gets all the lines with one write;
// only then are the requests sent. Everything runs on the event loop.

import Audit
import NIOCore
import NIOPosix
import Textbook

/// One event loop's share of a run.
///
/// Unchecked because it is confined to its event loop: every method but `init` asserts or is called from there.
final class Lane: WireOwner, @unchecked Sendable {
    /// Requests that may wait for a connection. Further requests are dropped and counted.
    static let waitingMax = 65_536
    /// Connections that are being opened at a time, before the run.
    static let openingAtATime = 64
    /// Buyers at a time. Further buyers are dropped and counted.
    static let buyersMax = Scenario.buyersMax
    /// How long a buyer that holds something keeps its connection between two requests, in nanoseconds.
    static let keptFor: Int64 = 1_000_000_000
    /// The least time between two turns that a timer brings, in nanoseconds. Setting a timer costs as much as several
    /// buyers, and takes it from the service on the same machine.
    static let wakeUpEvery: Int64 = 200_000
    /// How often requests are checked for their time limit.
    static let overdueEvery: Int64 = 20_000_000

    /// A request that is not yet sent.
    struct Pending {
        let slot: UInt32
        let errand: Errand
        let intended: Int64
    }

    /// A request, and the connection that will carry it.
    struct Addressed {
        let connection: WireConnection
        let pending: Pending
    }

    let eventLoop: any EventLoop
    let plan: RunPlan
    let number: Int
    let lanes: Int

    var facts = Facts()
    var tally = Tally()
    var shelf: Shelf
    /// When the run began, on the event loop's clock.
    private(set) var start: Int64 = 0
    private var arrivals: Arrivals?
    private var nextArrival: Int64?
    private var end: Int64 = 0
    private var closedEnd: Int64?

    var wheel = TimerWheel()
    var due: [TimerWheel.Entry] = []
    var buyers: [Buyer?] = []
    var freeSlots: [UInt32] = []
    var activeBuyers = 0
    var nextBuyer: UInt32
    /// How long a hold lasts, from the service's first answer.
    var holdSeconds = 60.0
    var random: SplitMix64
    /// The ticket that was given last, for those that use another's.
    var lastTicket: String?
    /// The draw that was told last.
    var lastDraw: History.Draw?

    var connections: [WireConnection] = []
    var idle: [WireConnection] = []
    /// Connections of buyers that hold something and go on in a moment, by the buyers' places.
    var kept: [UInt32: WireConnection] = [:]
    var opening = 0
    /// Attackers' connections, by their places; nil while one is being opened.
    var occupied: [UInt32: (any Channel)?] = [:]
    var waiting = CircularBuffer<Pending>()
    /// The streams of listeners that have heard how the sale stands, and of those that wait for it.
    var streams: [ObjectIdentifier: EventStream] = [:]
    var newStreams: [ObjectIdentifier: EventStream] = [:]
    var outbox: [Addressed] = []
    /// The part of the outbox that is being sent; kept for its capacity.
    var batch: [Addressed] = []
    var inFlight = 0
    var nextRequest: UInt64
    var lines: [UInt8] = []
    var writer: RequestWriter
    var problems: [String: Int] = [:]

    private var wakeUp: Scheduled<Void>?
    private var wakeUpAt = Int64.max
    private var wokenAt = Int64.min / 2
    private var isTurnComing = false
    private var nextOverdue: Int64 = 0
    private(set) var isStopped = false
    private var done: EventLoopPromise<Void>?
    private var isRealTime = false

    init(_ plan: RunPlan, eventLoop: any EventLoop, number: Int, of lanes: Int) {
        self.plan = plan
        self.eventLoop = eventLoop
        self.number = number
        self.lanes = lanes
        shelf = Shelf(itemCount: plan.sale?.itemCount ?? 1, hotShare: plan.scenario.hotShare)
        nextBuyer = UInt32(number)
        nextRequest = UInt64(number)
        random = SplitMix64(seed: plan.scenario.seed, stream: 0x1A7E_0000 + UInt64(number))
        writer = RequestWriter(plan, lane: number)
        lines.reserveCapacity(16_384)
    }

    var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    /// How long buyers may go on after the last arrival, in nanoseconds.
    private var drainMax: Int64 { Int64(plan.scenario.drain * 1e9) }

    var isRaw: Bool { plan.sale == nil }

    var isClosed: Bool { closedEnd != nil }

    /// Whether new work may still begin.
    var takesMore: Bool { !isStopped && (closedEnd ?? end) > now }

    // MARK: - Life

    /// Runs the lane's share from this moment on.
    ///
    /// - Returns: succeeds when the last answer has come, or can no longer come.
    func run(from start: Int64) -> EventLoopFuture<Void> {
        let done = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { self.begin(at: start, done) }
        return done.futureResult
    }

    private func begin(at start: Int64, _ done: EventLoopPromise<Void>) {
        self.start = start
        self.done = done
        wheel = TimerWheel(start: start)
        nextOverdue = start + Self.overdueEvery
        end = start + (isStopped ? 0 : Int64(plan.scenario.seconds * 1e9))
        if !isStopped { beginArrivals(at: start) }
        turn()
    }

    private func beginArrivals(at start: Int64) {
        let scenario = plan.scenario
        switch scenario.load {
        case .open(let stages, let spread):
            // Not in a closed loop, which would take all processor time from the service.
            isRealTime = RealTime.claim()
            var arrivals = Arrivals(stages, spread: spread, seed: scenario.seed, lane: number, of: lanes)
            nextArrival = arrivals.next().map { $0 + start }
            self.arrivals = arrivals
        case .closed(let count, _):
            closedEnd = end
            // They do not all come at once; the spike scenario tests a herd at the start.
            for buyer in 0..<(count / lanes + (number < count % lanes ? 1 : 0)) {
                guard !isRaw else {
                    beginVisit(at: start)
                    continue
                }
                facts.started += 1
                wheel.schedule(newSlot(), at: start + Int64(buyer) * 1_000_000_000 / Int64(max(1, count / lanes)))
            }
        }
    }

    /// Ends the arrivals; the buyers that are present finish.
    func stopArrivals() {
        eventLoop.assertInEventLoop()
        guard !isStopped else { return }
        isStopped = true
        nextArrival = nil
        end = min(end, now)
        turn()
    }

    // MARK: - Turns

    /// Schedules a turn after everything that is ready now has been read.
    func turnSoon() {
        guard !isTurnComing else { return }
        isTurnComing = true
        eventLoop.execute {
            self.isTurnComing = false
            self.turn()
        }
    }

    func turn() {
        guard done != nil else { return }
        var moment = now
        while let arrival = nextArrival, arrival <= moment {
            beginVisit(at: arrival)
            nextArrival = arrivals?.next().map { $0 + start }
            moment = now
        }
        due.removeAll(keepingCapacity: true)
        wheel.take(until: moment, into: &due)
        for entry in due { wake(entry.token, due: entry.due, now: moment) }
        flush()
        if moment >= nextOverdue {
            nextOverdue = moment + Self.overdueEvery
            closeOverdue(moment)
        }
        if !takesMore, !occupied.isEmpty { endAttacks() }
        if isOver(moment) { return finish() }
        wakeUp(by: min(nextArrival ?? .max, wheel.next ?? .max, nextOverdue))
    }

    private func isOver(_ moment: Int64) -> Bool {
        guard nextArrival == nil, moment >= end || isStopped else { return false }
        // A request that waits for a connection still gets a try while there is time.
        if moment >= end + drainMax || plan.journal?.problem != nil { return inFlight == 0 }
        // Listeners go when all others have gone.
        return inFlight == 0 && waiting.isEmpty && (activeBuyers == streams.count || isClosed)
    }

    private func wakeUp(by wanted: Int64) {
        let moment = max(wanted, wokenAt + Self.wakeUpEvery)
        guard moment < wakeUpAt || wakeUpAt <= now else { return }
        wakeUp?.cancel()
        wakeUpAt = moment
        wakeUp = eventLoop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(max(0, moment)))) {
            self.wakeUpAt = .max
            self.wokenAt = self.now
            self.turn()
        }
    }

    private func finish() {
        wakeUp?.cancel()
        if !waiting.isEmpty { facts.dropped += waiting.count }
        waiting.removeAll()
        let promise = done
        done = nil
        for connection in connections { connection.close() }
        for stream in streams.values { stream.close() }
        writeLines()
        promise?.succeed()
    }

    /// Whether requests may still be sent: not long after the end, and not without a journal.
    var maySend: Bool {
        done != nil && now < end + drainMax && plan.journal?.problem == nil
    }

    // MARK: - Readings

    /// The figures for monitors. The tally starts again at 0.
    func reading() -> LaneReading {
        eventLoop.assertInEventLoop()
        defer { tally = Tally() }
        return LaneReading(
            facts: facts, tally: tally, buyers: activeBuyers, inFlight: inFlight, waiting: waiting.count,
            connections: connections.count, isRealTime: isRealTime, problems: problems)
    }
}

/// A lane at one moment.
struct LaneReading: Sendable {
    var facts = Facts()
    var tally = Tally()
    var buyers = 0
    var inFlight = 0
    var waiting = 0
    var connections = 0
    /// Whether its thread has real-time priority: else it may be late because it gets no core.
    var isRealTime = false
    /// How connections and answers failed, in words, and how often.
    var problems: [String: Int] = [:]

    mutating func add(_ other: LaneReading) {
        facts.add(other.facts)
        tally.add(other.tally)
        buyers += other.buyers
        inFlight += other.inFlight
        waiting += other.waiting
        connections += other.connections
        isRealTime = isRealTime || other.isRealTime
        problems.merge(other.problems, uniquingKeysWith: +)
    }
}
