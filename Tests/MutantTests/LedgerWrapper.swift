// Ledgers around a ledger: each changes some calls and leaves the rest as they are.

import FlashSale

/// A ledger around another one. A conformer writes the calls that it changes; all others go to the inner ledger.
protocol LedgerWrapper: SaleLedger {
    var ledger: any SaleLedger { get }
}

extension LedgerWrapper {
    func release(
        _ code: CheckoutCode, item: ItemID?, by buyer: BuyerID?, in lane: Lane?, deadline: Deadline
    ) async throws(LedgerFailure) -> ReleaseOutcome {
        try await ledger.release(code, item: item, by: buyer, in: lane, deadline: deadline)
    }

    func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        try await ledger.confirm(item, for: buyer, deadline: deadline)
    }

    func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order? {
        try await ledger.find(code, deadline: deadline)
    }

    func usedKeys(of sale: SaleID, atMost limit: Int) async throws(LedgerFailure) -> UsedKeys? {
        try await ledger.usedKeys(of: sale, atMost: limit)
    }
}
