// A sale with a ledger over it, and the calls of a test in few words.

import FlashSale
import LibpqClient
import PostgresLedger
import Telemetry

/// A ledger over a database of its own with one sale of three items of two units, two a buyer.
struct LedgerFixture: Sendable {
    let client: PostgresClient
    let ledger: PostgresSaleLedger
    let catalog: PostgresSaleCatalog
    let sale: Sale
    let mint = CodeMint()

    static func with(_ body: @Sendable (LedgerFixture) async throws -> Void) async throws {
        try await withClient { client in
            let catalog = PostgresSaleCatalog(reader: client, bulk: client)
            let sale = try await createSale(items: 3, in: catalog)
            let ledger = PostgresSaleLedger(
                writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: .silent)
            try await body(LedgerFixture(client: client, ledger: ledger, catalog: catalog, sale: sale))
        }
    }

    func item(_ number: Int32) -> ItemID { ItemID(sale: sale.id, number: number) }

    func record(
        _ item: Int32, _ buyer: String, unit: Int32? = nil, key: String? = nil
    ) async throws -> RecordOutcome {
        try await ledger.record(checkout(item, buyer, unit: unit, key: key), deadline: .patient)
    }

    func checkout(_ item: Int32, _ buyer: String, unit: Int32? = nil, key: String? = nil) -> CheckoutRequest {
        let (buyer, code) = (BuyerID(buyer)!, mint.mint(sale.id))
        return CheckoutRequest(
            item: self.item(item), buyer: buyer,
            reservation: unit.map {
                Hold(unit: Unit(item: item, number: $0), code: code, buyer: buyer, expiresAt: sale.endedAt)
            }, candidate: code, key: key.flatMap(IdempotencyKey.init))
    }

    /// The code of a checkout that must succeed.
    func hold(_ item: Int32, _ buyer: String) async throws -> CheckoutCode {
        guard case .held(let cart, _, _) = try await record(item, buyer) else {
            throw FixtureError(sentence: "\(buyer) could not hold item \(item)")
        }
        return cart.code
    }

    func order(_ code: CheckoutCode, key: String? = nil) async throws -> OrderOutcome {
        let request = PurchaseRequest(code: code, key: key.flatMap(IdempotencyKey.init))
        return try await ledger.order(request, deadline: .patient)
    }

    /// Lets all live holds be over.
    func passTime() async throws {
        try await client.execute(
            script: """
                update units set held_at = held_at - interval '1 hour', expires_at = expires_at - interval '1 hour'
                where order_number is null;
                update unit_changes set expires_at = expires_at - interval '1 hour';
                update stocks set next_end = next_end - interval '1 hour';
                """, deadline: .patient)
    }
}

private struct FixtureError: Error {
    let sentence: String
}
