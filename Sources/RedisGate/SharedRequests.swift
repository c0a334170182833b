// What requests add to the calls that they share.

internal import FlashSale

/// What a checkout asks of the gate.
struct Reservation: Sendable {
    let item: ItemID
    let buyer: BuyerID
    let candidate: CheckoutCode
}

/// What the gate is told: facts in their texts, and a lock to release.
struct Settlement: Sendable {
    let facts: ArraySlice<[UInt8]>
    let lock: CodeLock?
}

/// What settlements must have in common to share a call.
struct SettlementKey: Hashable, Sendable {
    let sale: Sale
    let waiter: GateWaiter
}
