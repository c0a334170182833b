// The rule of the waiting room at the seam `Admission`: a checkout goes on if its buyer's number is called.

public import FlashSale
public import Telemetry

/// Lets called buyers in, and tells the others where they stand.
public struct RoomAdmission: Admission {
    private let book: RoomBook
    private let board: SaleBoard
    private let instruments: RoomInstruments

    public init(book: RoomBook, board: SaleBoard, instruments: RoomInstruments) {
        self.book = book
        self.board = board
        self.instruments = instruments
    }

    public func refusal(of request: AdmissionRequest) async -> Refusal? {
        guard case .checkout(let buyer, let place?) = request, let known = book.known(place.sale) else { return nil }
        return letsIn(buyer, at: place, by: known) ? nil : await confirmedRefusal(of: buyer, at: place)
    }

    private func confirmedRefusal(of buyer: BuyerID, at place: QueuePlace) async -> Refusal? {
        do throws(LedgerFailure) {
            // Only what the ledger says now may send a buyer away.
            let state = try await book.confirmed(place.sale)
            guard let state, !letsIn(buyer, at: place, by: state) else { return nil }
            return refusal(at: place, by: state)
        } catch {
            return Refusal(error.reason)
        }
    }

    /// Whether the buyer's number is called. If so it has come, and is counted the first time.
    private func letsIn(_ buyer: BuyerID, at place: QueuePlace, by state: QueueState) -> Bool {
        guard let number = place.number, state.isCalled(number) else { return false }
        if book.come(buyer, number, place.sale) { noteArrival(at: place, by: state) }
        return true
    }

    private func noteArrival(at place: QueuePlace, by state: QueueState) {
        instruments.waitingRoomShownTotal.increment()
        if state.stock.free == 0, state.stock.held > 0 { instruments.waitingRoomEmptyHandedTotal.increment() }
        guard let joinedAt = place.joinedAt, let now = board.now() else { return }
        let since = max(joinedAt, board.current().first { $0.id == place.sale }?.startedAt ?? joinedAt)
        instruments.waitingRoomWaitSeconds.observe(UInt64(max(0, (now - since).microseconds)) * 1_000)
    }

    private func refusal(at place: QueuePlace, by state: QueueState) -> Refusal {
        let isSoldOut = state.draw != nil && state.stock.free == 0 && state.stock.held == 0
        if isSoldOut { return Refusal(.allItemsSold) }
        instruments.waitingRoomRefusedTotal.increment(
            place.isForged ? .forgedTicket : place.joinedAt == nil ? .noTicket : .notCalled)
        return Refusal(
            .waitingRoom,
            queue: QueueNotice(
                sale: place.sale, number: place.number, ahead: place.number.map(state.countAhead(of:)),
                pollAfter: state.pollAfter))
    }
}
