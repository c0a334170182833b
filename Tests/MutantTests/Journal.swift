// The answers that a storm's buyers got, and whether they were true.

import FlashSale
import LibpqClient
import Synchronization
import Telemetry

final class Journal: Sendable {
    private struct Entries {
        /// The codes that buyers got.
        var carts: [CheckoutCode: BuyerID] = [:]
        var orders: [OrderID: CheckoutCode] = [:]
        /// The items that a buyer was told are sold.
        var soldOut: Set<ItemID> = []
        /// Refusals that no buyer should get.
        var strange: [String] = []
    }

    private let entries = Mutex(Entries())

    func note(_ outcome: Outcome<CheckoutReceipt>, _ item: ItemID, _ buyer: BuyerID) {
        entries.withLock { entries in
            switch outcome {
            case .success(let receipt): entries.carts[receipt.cart.code] = buyer
            case .refused(let refusal):
                switch refusal.reason {
                case .itemSold, .allItemsSold: entries.soldOut.insert(item)
                // A line of the storm broke: the outcome is unknown.
                case .database: break
                case .itemHeld, .userLimitExceeded, .alreadyCheckedOut: break
                default: entries.strange.append("a checkout was refused with \(refusal.reason.rawValue)")
                }
            }
        }
    }

    func note(_ outcome: Outcome<PurchaseReceipt>) {
        entries.withLock { entries in
            switch outcome {
            case .success(let receipt): entries.orders[receipt.order.id] = receipt.order.code
            case .refused(let refusal):
                // A cart that was cancelled is over, and a purchased one has its order.
                let expected: [Reason] = [.database, .alreadyProcessed, .checkoutExpired, .purchaseInProgress]
                if !expected.contains(refusal.reason) {
                    entries.strange.append("a purchase was refused with \(refusal.reason.rawValue)")
                }
            }
        }
    }

    /// What buyers were told and is not true, a line for each kind.
    func breaches(in postgres: PostgresClient) async throws -> [String] {
        let entries = entries.withLock { $0 }
        let carts = Set(try await postgres.texts("select replace(code::text, '-', '') || user_id from checkouts"))
        let orders = Set(try await postgres.texts("select order_number || replace(code::text, '-', '') from orders"))
        let unsold = Set(
            try await postgres.texts(
                """
                select i.item from items i
                join sales s on s.sale_id = i.sale_id
                left join units u on u.sale_id = i.sale_id and u.item = i.item and u.order_number is not null
                group by i.item, s.stock_per_item having count(u.item) < s.stock_per_item
                """))
        var breaches = Array(Set(entries.strange))
        if entries.carts.contains(where: { !carts.contains($0.key.digits + $0.value.description) }) {
            breaches.append("a code that a buyer got is not in the ledger")
        }
        if entries.orders.contains(where: { !orders.contains("\($0.key.number)\($0.value.digits)") }) {
            breaches.append("an order that a buyer got is not in the ledger")
        }
        if entries.soldOut.contains(where: { unsold.contains(String($0.number)) }) {
            breaches.append("a buyer heard that an item is sold, and it is not")
        }
        return breaches
    }
}
