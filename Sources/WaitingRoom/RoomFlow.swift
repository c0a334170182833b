// What buyers ask of a waiting room: to join it, and how it stands.

public import FlashSale
public import Telemetry

/// Joins lines, and tells how they stand.
public struct RoomFlow: Sendable {
    public let book: RoomBook
    private let board: SaleBoard
    private let instruments: RoomInstruments

    public init(book: RoomBook, board: SaleBoard, instruments: RoomInstruments) {
        self.book = book
        self.board = board
        self.instruments = instruments
    }

    /// Gives the buyer a ticket, or tells it how it stands with the one that it shows.
    public func knock(_ buyer: BuyerID, at id: SaleID, ticket text: String?) async -> Outcome<QueueStanding> {
        do throws(LedgerFailure) {
            guard let sale = try await board.sale(id) else { return .refused(Refusal(.saleNotFound)) }
            guard sale.gather != nil else { return .refused(Refusal(.queueNotFound)) }
            guard let now = board.now() else { return .refused(Refusal(.database)) }
            guard now >= sale.opensAt else { return .refused(Refusal(.saleNotActive, retryAt: sale.opensAt)) }
            guard now < sale.endedAt else { return .refused(Refusal(.saleNotActive)) }
            // A room of a moment ago, which another instance may have made.
            // A turn that had begun before the room was made does not know it.
            for _ in 0..<2 where book.known(id) == nil { try await book.awaitTurn() }
            guard let state = book.known(id) else { return .refused(Refusal(.database)) }
            if let text { return show(text, buyer, sale, state) }
            guard let (ticket, text) = book.join(buyer, sale, at: now) else { return .refused(Refusal(.database)) }
            instruments.waitingRoomJoinedTotal.increment(ticket.place == .draw ? .draw : .late)
            return .success(standing(of: buyer, ticket, text, sale, state))
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    private func show(
        _ text: String, _ buyer: BuyerID, _ sale: Sale, _ state: QueueState
    ) -> Outcome<QueueStanding> {
        guard case .genuine(let ticket) = book.check(text, of: buyer, in: sale.id) else {
            return .refused(Refusal(.validation))
        }
        return .success(standing(of: buyer, ticket, text, sale, state))
    }

    private func standing(
        of buyer: BuyerID, _ ticket: QueueTicket, _ text: String, _ sale: Sale, _ state: QueueState
    ) -> QueueStanding {
        let number = RoomBook.number(of: buyer, by: ticket, state)
        if let number { book.count(number, of: ticket, state) }
        let ahead = number.map(state.countAhead(of:))
        let forecast = state.forecast(of: sale)
        return QueueStanding(
            ticket: text, number: number, isCalled: number.map(state.isCalled) ?? false, ahead: ahead,
            // Nobody knows when an operator lets a paused sale go on.
            wait: sale.pause == nil ? ahead.flatMap { forecast.wait(ahead: $0) } : nil,
            isLikelySoldOut: ahead.map { forecast.isLikelySoldOut(ahead: $0) }, pollAfter: state.pollAfter)
    }

    /// The number of a called buyer, for a checkout that may be sent again after its sale; nil if the sale has no line,
    /// or the buyer is not called.
    public func calledNumber(of buyer: BuyerID, in id: SaleID, ticket: String) async -> Outcome<Int32?> {
        do throws(LedgerFailure) {
            guard try await board.sale(id)?.gather != nil else { return .success(nil) }
            return .success(try await book.calledNumber(of: buyer, in: id, ticket: ticket))
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    /// How the line of a sale stands, for everybody.
    public func view(of id: SaleID) async -> Outcome<QueueView> {
        do throws(LedgerFailure) {
            guard let sale = try await board.sale(id) else { return .refused(Refusal(.saleNotFound)) }
            guard sale.gather != nil else { return .refused(Refusal(.queueNotFound)) }
            guard let now = board.now() else { return .refused(Refusal(.database)) }
            guard let state = try await book.state(of: id) else { return .refused(Refusal(.queueNotFound)) }
            return .success(QueueView(sale: sale, state: state, now: now))
        } catch {
            return .refused(Refusal(error.reason))
        }
    }

    /// Of each shop that of the sale that is on, or else of the next one.
    private var lines: [QueueState] {
        let active = board.active()
        let sales = active + board.next().filter { next in !active.contains { $0.shop == next.shop } }
        return sales.compactMap { book.known($0.id) }
    }

    /// Sets the gauges of all lines of all pods. For a scrape: it waits for nothing.
    public static func setGauges(of rooms: [RoomFlow]) {
        guard let instruments = rooms.first?.instruments else { return }
        let lines = rooms.flatMap(\.lines)
        instruments.waitingRoomWaiting.set(lines.reduce(0) { $0 + $1.waiting })
        instruments.waitingRoomCalled.set(lines.reduce(0) { $0 + Int($1.called) })
        instruments.waitingRoomPace.set(lines.reduce(0) { $0 + ($1.draw == nil ? 0 : $1.usher.pace) })
    }
}

/// Where a buyer stands.
public struct QueueStanding: Hashable, Sendable {
    public let ticket: String
    /// Nil before the draw.
    public let number: Int32?
    public let isCalled: Bool
    public let ahead: Int?
    /// How many seconds it may take; nil if that is not known.
    public let wait: ClosedRange<Int>?
    public let isLikelySoldOut: Bool?
    public let pollAfter: Duration
}

/// How a line stands, and the sale that it leads to.
public struct QueueView: Hashable, Sendable {
    public let sale: Sale
    public let state: QueueState
    public let now: Timestamp
    public var phase: SalePhase { SalePhase(of: sale, state.stock, isDrawn: state.draw != nil, at: now) }

    /// Numbers called a second over the last minute; nil while the line is younger.
    public var pace: Double? { state.forecast(of: sale).pace }

    /// Whether somebody that joins now is likely to come too late.
    public var isLikelySoldOut: Bool { state.forecast(of: sale).isLikelySoldOut(ahead: state.waiting) }
}

extension QueueState {
    /// What everybody is told of the line.
    public var count: LineCount { LineCount(called: called, waiting: waiting, isDrawn: draw != nil) }

    /// How often a client asks: the longer the line, the more seldom. All clients of a long line together ask some two
    /// thousand times a second.
    public var pollAfter: Duration { .milliseconds(min(max(waiting / 2, 2_000), 20_000)) }

    func forecast(of sale: Sale) -> QueueForecast {
        QueueForecast(of: self, index: Cohort.index(of: readAt, in: sale))
    }
}

extension Cohort {
    /// The cohort that is called at a moment.
    static func index(of moment: Timestamp, in sale: Sale) -> Int32 {
        Int32(max(0, (moment - sale.startedAt) / .seconds(1)) / Double(seconds))
    }
}
