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
        guard case .checkout(let buyer, let place?) = request else { return nil }
        guard let known = book.known(place.sale) else { return nil }
        if let number = place.number, number <= known.called {
            letIn(buyer, number, place, known)
            return nil
        }
        return await confirmedRefusal(of: buyer, at: place)
    }

    private func confirmedRefusal(of buyer: BuyerID, at place: QueuePlace) async -> Refusal? {
        do throws(LedgerFailure) {
            // Only what the ledger says now may send a buyer away.
            guard let state = try await book.confirmed(place.sale) else { return nil }
            if let number = place.number, number <= state.called {
                letIn(buyer, number, place, state)
                return nil
            }
            return refuse(place, of: buyer, state)
        } catch {
            return Refusal(error.reason)
        }
    }

    private func letIn(_ buyer: BuyerID, _ number: Int32, _ place: QueuePlace, _ state: QueueState) {
        guard book.come(buyer, number, place.sale) else { return }
        instruments.waitingRoomShownTotal.increment()
        if state.stock.free == 0, state.stock.held > 0 { instruments.waitingRoomEmptyHandedTotal.increment() }
        guard let joinedAt = place.joinedAt, let now = board.now() else { return }
        let since = max(joinedAt, board.current().first { $0.id == place.sale }?.startedAt ?? joinedAt)
        instruments.waitingRoomWaitSeconds.observe(UInt64(max(0, (now - since).microseconds)) * 1_000)
    }

    private func refuse(_ place: QueuePlace, of buyer: BuyerID, _ state: QueueState) -> Refusal {
        let isSoldOut = state.draw != nil && state.stock.free == 0 && state.stock.held == 0
        if isSoldOut { return Refusal(.allItemsSold) }
        instruments.waitingRoomRefusedTotal.increment(
            place.isForged ? .forgedTicket : place.joinedAt == nil ? .noTicket : .notCalled)
        return Refusal(
            .waitingRoom,
            queue: QueueNotice(
                sale: place.sale, number: place.number,
                ahead: place.number.map { Int(max(0, $0 - state.called - 1)) }, pollAfter: state.pollAfter))
    }
}
