// Requests as batches know them.

import FlashSale

/// A cancellation of one item of a cart, or of all.
struct CancelRequest: Sendable {
    let code: CheckoutCode
    let item: Int32?
    let buyer: BuyerID?
}

/// A question whether a no of the gate is true.
struct ConfirmRequest: Sendable {
    let item: Int32
    let buyer: BuyerID
}
