// The flows of all pods for carts, as one: checkouts, cancellations, purchases and orders.

internal import FlashSale
internal import Telemetry
internal import WaitingRoom

/// Asks the pod that an item's or a code's sale is in. A pod that is away is a database that does not answer.
struct CartRouter: Sendable {
    let pods: PodTable

    func checkout(
        _ item: ItemID, in shop: ShopID, for buyer: BuyerID, queueNumber: Int32?, key: IdempotencyKey?,
        deadline: Deadline
    ) async -> Outcome<CheckoutReceipt> {
        guard let flow = pods.of(item.sale)?.checkout else {
            refuseCheckout(.database)
            return .refused(Refusal(.database))
        }
        return await flow.checkout(
            item, in: shop, for: buyer, queueNumber: queueNumber, key: key, deadline: deadline)
    }

    func cancel(
        _ code: CheckoutCode, item: ItemID?, by buyer: BuyerID?, deadline: Deadline
    ) async -> Outcome<CancelReceipt> {
        guard let flow = pods.of(code.sale)?.checkout else { return .refused(Refusal(.database)) }
        return await flow.cancel(code, item: item, by: buyer, deadline: deadline)
    }

    func purchase(
        _ code: CheckoutCode, key: IdempotencyKey?, by buyer: BuyerID?, deadline: Deadline
    ) async -> Outcome<PurchaseReceipt> {
        guard let flow = pods.of(code.sale)?.purchase else {
            refusePurchase(.database)
            return .refused(Refusal(.database))
        }
        return await flow.purchase(code, key: key, by: buyer, deadline: deadline)
    }

    func order(_ code: CheckoutCode, by buyer: BuyerID?, deadline: Deadline) async -> Outcome<Order> {
        guard let flow = pods.of(code.sale)?.purchase else { return .refused(Refusal(.database)) }
        return await flow.order(code, by: buyer, deadline: deadline)
    }

    /// Counts a checkout that no flow sees.
    func refuseCheckout(_ reason: Reason) { pods.home.checkout.refuse(reason) }

    /// Counts a purchase that no flow sees.
    func refusePurchase(_ reason: Reason) { pods.home.purchase.refuse(reason) }
}
