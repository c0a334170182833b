// What this instance knows of the lines: how each stands, with a known age, and what it has counted itself.

public import FlashSale
public import Logging
internal import Synchronization
internal import Textbook

/// The lines of the sales that are on or to come.
///
///     every 250 ms ──► report what was counted ──► read how the line stands
///
/// Trust rule: `called` here is at most what the ledger has called. So the book may let a buyer in; before it sends one
/// away, it reads again if what it knows is older than ``confirmationAge``. All that ask at the same time share the
/// read.
public final class RoomBook: Sendable {
    private struct Room {
        /// A sale may be over and come back: then it has a new room here, whose counts come on top of the former's.
        let reporter: UInt64
        /// How many checkouts this instance had refused for load before.
        let shedsBefore: Int64
        var tally = RoomTally()
        var state: QueueState?
        /// When the state was asked for.
        var askedAt = ContinuousClock.now
        var reading: Task<LedgerFailure?, Never>?

        /// The ledger's clock may be set back: what was asked for later is newer. A failover may lose the last calls,
        /// of which buyers have heard.
        mutating func learn(_ state: QueueState, askedAt: ContinuousClock.Instant) {
            if let known = self.state {
                guard self.askedAt <= askedAt else { return }
                self.state = state
                self.state?.called = max(state.called, known.called)
            } else {
                self.state = state
            }
            self.askedAt = askedAt
            tally.learn(late: state.counts.late)
        }
    }

    /// How often instances report and read.
    public static let interval = Duration.milliseconds(250)
    /// The greatest age of what a buyer is sent away by.
    public static let confirmationAge = Duration.milliseconds(50)
    /// A ticket that nobody has counted for so long is of an instance that has ended: others report sooner.
    private static let countedIn = Duration.seconds(2)
    /// The rounds from one reading of the keys to the next.
    private static let roundsPerKeys = 4

    private let board: SaleBoard
    private let ledger: any QueueLedger
    private let logger: Logger
    private let reporters: @Sendable () -> UInt64
    private let sheds: @Sendable () -> Int64
    private let rooms = Mutex<[SaleID: Room]>([:])
    private let keys = Mutex(TicketKeys([]))
    /// The turn that buyers wait for; nil while none does.
    private let awaited = Mutex<Task<LedgerFailure?, Never>?>(nil)
    /// Spares checkouts the lock while no sale has a room.
    private let hasRooms = Atomic(false)

    /// - Parameters:
    ///   - reporters: draws a number that no other room has reported by, of any instance.
    ///   - sheds: how many checkouts this instance has refused because it was overloaded.
    public init(
        board: SaleBoard, ledger: any QueueLedger, logger: Logger,
        reporters: @escaping @Sendable () -> UInt64 = { SystemRandom.words(1)[0] >> 1 },
        sheds: @escaping @Sendable () -> Int64 = { 0 }
    ) {
        self.board = board
        self.ledger = ledger
        self.logger = logger
        self.reporters = reporters
        self.sheds = sheds
    }

    /// Reports and reads until the task is cancelled.
    public func run() async {
        var round = 0
        var wasReadable = true
        while !Task.isCancelled {
            do throws(LedgerFailure) {
                try await turn(readsKeys: round.isMultiple(of: Self.roundsPerKeys))
                // Keys that could not be read are read in the next round: a new one signs before long.
                round += 1
                wasReadable = true
            } catch {
                if wasReadable { logger.warning("lines cannot be read", error: error) }
                wasReadable = false
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// One round: counts out, states in.
    public func turn(readsKeys: Bool = true) async throws(LedgerFailure) {
        let sales = board.current().filter { $0.gather != nil }
        rooms.withLock { rooms in
            rooms = rooms.filter { room in sales.contains { $0.id == room.key } }
            for sale in sales where rooms[sale.id] == nil {
                rooms[sale.id] = Room(reporter: reporters(), shedsBefore: sheds())
            }
        }
        hasRooms.store(!sales.isEmpty, ordering: .relaxed)
        guard !sales.isEmpty else { return }
        if readsKeys || !keys.withLock(\.canSign) { try await readKeys() }
        try await sales.sideBySide { [self] sale throws(LedgerFailure) in try await turn(of: sale) }
    }

    /// A round out of turn, for a line that is not known here yet. All that ask at the same time share it: after a
    /// start, the whole crowd does.
    func awaitTurn() async throws(LedgerFailure) {
        let turn = awaited.withLock { awaited in
            if let awaited { return awaited }
            // A task of its own: others wait for it after the first that asked has left.
            let turn = Task<LedgerFailure?, Never> {
                let failure = await self.turnShared()
                self.awaited.withLock { $0 = nil }
                return failure
            }
            awaited = turn
            return turn
        }
        if let failure = await turn.value { throw failure }
    }

    private func turnShared() async -> LedgerFailure? {
        do throws(LedgerFailure) {
            try await turn()
            return nil
        } catch {
            return error
        }
    }

    private func turn(of sale: Sale) async throws(LedgerFailure) {
        let report = rooms.withLock { rooms -> QueueReport? in
            guard let room = rooms[sale.id] else { return nil }
            rooms[sale.id]?.tally.note(sheds: sheds() - room.shedsBefore)
            return rooms[sale.id]?.tally.report(by: room.reporter)
        }
        if let report {
            try await ledger.report(report, of: sale.id)
            rooms.withLock { $0[sale.id]?.tally.noteReported(report) }
        }
        if isDue(sale) { try await read(sale.id) }
    }

    private func readKeys() async throws(LedgerFailure) {
        let live = try await ledger.ticketKeys()
        keys.withLock { $0 = live }
    }

    /// Whether the line moves. Of others the commit is enough, and that does not change.
    private func isDue(_ sale: Sale) -> Bool {
        guard rooms.withLock({ $0[sale.id]?.state }) != nil, let now = board.now(), let gather = sale.gather else {
            return true
        }
        return now + gather >= sale.startedAt
    }

    private func read(_ sale: SaleID) async throws(LedgerFailure) {
        let askedAt = ContinuousClock.now
        guard let state = try await ledger.state(of: sale) else { return }
        rooms.withLock { $0[sale]?.learn(state, askedAt: askedAt) }
    }

    // MARK: - What is known

    /// The state as this instance read it last; nil if the sale has no room that it knows of.
    public func known(_ sale: SaleID) -> QueueState? {
        guard hasRooms.load(ordering: .relaxed) else { return nil }
        return rooms.withLock { $0[sale]?.state }
    }

    /// The state of a sale that this instance may not follow any more, from the ledger.
    func state(of sale: SaleID) async throws(LedgerFailure) -> QueueState? {
        if let known = known(sale) { return known }
        return try await ledger.state(of: sale)
    }

    /// A state that is no older than ``confirmationAge`` now.
    func confirmed(_ sale: SaleID) async throws(LedgerFailure) -> QueueState? {
        let oldest = ContinuousClock.now - Self.confirmationAge
        for _ in 0..<2 {
            let (state, reading) = rooms.withLock { rooms -> (QueueState?, Task<LedgerFailure?, Never>?) in
                guard let room = rooms[sale] else { return (nil, nil) }
                if let state = room.state, room.askedAt >= oldest { return (state, nil) }
                if let reading = room.reading { return (nil, reading) }
                // A task of its own: others wait for it after the first that asked has left.
                let reading = Task<LedgerFailure?, Never> {
                    let failure = await self.readShared(sale)
                    self.rooms.withLock { $0[sale]?.reading = nil }
                    return failure
                }
                rooms[sale]?.reading = reading
                return (nil, reading)
            }
            guard let reading else { return state }
            if let failure = await reading.value { throw failure }
        }
        // The read that had begun before was slow, and so is this one: what it says is the newest that there is.
        return known(sale)
    }

    private func readShared(_ sale: SaleID) async -> LedgerFailure? {
        do throws(LedgerFailure) {
            try await read(sale)
            return nil
        } catch {
            return error
        }
    }

    // MARK: - Buyers

    /// Where a buyer stands that shows a ticket, or none; nil if the sale has no waiting room.
    public func place(of buyer: BuyerID, in sale: SaleID, ticket: @autoclosure () -> String?) -> QueuePlace? {
        guard let state = known(sale) else { return nil }
        guard let ticket = ticket() else { return QueuePlace(sale: sale) }
        guard case .genuine(let ticket) = check(ticket, of: buyer, in: sale) else {
            return QueuePlace(sale: sale, isForged: true)
        }
        let number = Self.number(of: buyer, by: ticket, state)
        if let number { count(number, of: ticket, state) }
        return QueuePlace(sale: sale, number: number, joinedAt: ticket.joinedAt)
    }

    /// Counts a number that somebody has and that the line does not reach, though its time to be counted is over. Its
    /// buyer would wait for ever.
    func count(_ number: Int32, of ticket: QueueTicket, _ state: QueueState) {
        guard number > state.lastNumber, state.readAt - ticket.joinedAt >= Self.countedIn, let draw = state.draw else {
            return
        }
        rooms.withLock { $0[ticket.sale]?.tally.learn(ordinal: number - draw.ticketCount) }
    }

    /// The number of a called buyer by what the ledger says now, in a line that this instance may not follow; nil if
    /// the ticket is not genuine, or its number is not called.
    func calledNumber(
        of buyer: BuyerID, in sale: SaleID, ticket: String
    ) async throws(LedgerFailure) -> Int32? {
        if !keys.withLock(\.canSign) { try await readKeys() }
        guard case .genuine(let ticket) = check(ticket, of: buyer, in: sale),
            let state = try await ledger.state(of: sale), let number = Self.number(of: buyer, by: ticket, state),
            state.isCalled(number)
        else { return nil }
        return number
    }

    func check(_ ticket: some StringProtocol, of buyer: BuyerID, in sale: SaleID) -> TicketCheck {
        keys.withLock { $0 }.check(ticket, of: buyer, in: sale)
    }

    /// The number that a ticket is good for; nil before the draw.
    static func number(of buyer: BuyerID, by ticket: QueueTicket, _ state: QueueState) -> Int32? {
        guard let draw = state.draw else { return nil }
        switch ticket.place {
        case .draw: return draw.seed.number(of: buyer, in: ticket.sale, among: draw.ticketCount)
        case .late(let ordinal): return draw.ticketCount + ordinal
        }
    }

    /// A ticket for a buyer that joins now, or joined here before; nil while this instance has no key to sign with.
    func join(_ buyer: BuyerID, _ sale: Sale, at now: Timestamp) -> (QueueTicket, text: String)? {
        let keys = keys.withLock { $0 }
        guard keys.canSign else { return nil }
        let place = rooms.withLock { rooms -> QueueTicket.Place? in
            // The ledger's clock may be set back to before the start. Nobody takes part in a draw that is public.
            let isEarly = now < sale.startedAt && rooms[sale.id]?.state?.draw == nil
            return rooms[sale.id]?.tally.join(buyer, isEarly: isEarly)
        }
        guard let place else { return nil }
        let ticket = QueueTicket(sale: sale.id, place: place, joinedAt: now)
        return keys.sign(ticket, for: buyer).map { (ticket, $0) }
    }

    /// Notes that a called buyer has come. Returns whether it is the first time.
    func come(_ buyer: BuyerID, _ number: Int32, _ sale: SaleID) -> Bool {
        rooms.withLock { rooms in
            guard let state = rooms[sale]?.state else { return false }
            return rooms[sale]?.tally.come(buyer, number, among: state.cohorts) ?? false
        }
    }
}
