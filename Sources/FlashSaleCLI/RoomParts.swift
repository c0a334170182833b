// Connects the parts of the waiting room.

import FlashSale
import FlashSaleHTTP
import Logging
import PostgresLedger
import Telemetry
import WaitingRoom

/// The lines over the ledger: what buyers ask of them, who may come in, and who calls.
struct RoomParts: Sendable {
    let flow: RoomFlow
    let usher: UsherDuty
    /// The waiting room's rule.
    let admission: any Admission

    init(_ settings: Settings, stores: Stores, board: SaleBoard, instruments: Instruments, logger: Logger) {
        let lines = PostgresQueueLedger(writer: stores.writer, reader: stores.reader)
        let book = RoomBook(
            board: board, ledger: lines, logger: logger,
            sheds: {
                let shed = instruments.admission.refusedTotal.value(.checkout)
                return Int64(shed + instruments.sale.checkoutFailureTotal.value(.overloaded))
            })
        flow = RoomFlow(book: book, board: board, instruments: instruments.room)
        usher = UsherDuty(board: board, ledger: lines, fixedPace: settings.roomPace.map(Double.init))
        admission = RoomAdmission(book: book, board: board, instruments: instruments.room)
    }
}
