// Which queue of batches a request stands in.

import FlashSale
import LibpqClient

/// A queue of batches: of a sale that has one lane, or of a lane of a sale that has several.
///
/// The batches of a lane run beside those of other lanes, so they only do what needs nothing that others may change.
/// What is left goes into a second queue of the lane, whose batches wait until they have the whole sale.
struct SaleLane: Hashable, Sendable {
    let sale: SaleID
    /// Nil: the sale has one lane.
    let lane: Lane?
    /// Whether its batches have the whole sale.
    let hasWholeSale: Bool

    /// The queue in which everything can be decided.
    static func whole(_ sale: SaleID, _ lane: Lane?) -> SaleLane {
        SaleLane(sale: sale, lane: lane, hasWholeSale: true)
    }

    /// The queue that runs beside other lanes; nil if the sale has none.
    static func beside(_ sale: SaleID, _ lane: Lane?) -> SaleLane? {
        lane.map { SaleLane(sale: sale, lane: $0, hasWholeSale: false) }
    }

    /// The lane's number, as the batch functions take it.
    var number: PostgresValue { .int4(Int32(lane?.number ?? 0)) }

    /// The last parameters of functions whose batches may have the whole sale: their lane, and whether they have it.
    var parameters: [PostgresValue] { [number, .int4(hasWholeSale ? 1 : 0)] }
}
