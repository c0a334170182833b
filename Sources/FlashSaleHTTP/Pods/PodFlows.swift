// The flows of one pod.

public import FlashSale
public import WaitingRoom

/// What buyers and operators ask of the sales of a pod.
public struct PodFlows: Sendable {
    public let checkout: CheckoutFlow
    public let purchase: PurchaseFlow
    public let sale: SaleFlow
    public let room: RoomFlow
    /// Nil where there is one pod.
    let placements: PlacementWatch?

    public init(
        checkout: CheckoutFlow, purchase: PurchaseFlow, sale: SaleFlow, room: RoomFlow,
        placements: PlacementWatch? = nil
    ) {
        self.checkout = checkout
        self.purchase = purchase
        self.sale = sale
        self.room = room
        self.placements = placements
    }
}
