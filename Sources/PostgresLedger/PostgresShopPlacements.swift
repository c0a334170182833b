// What a ledger in Postgres knows of where shops are. Schema/Functions/pods.sql decides.

public import FlashSale
public import LibpqClient
internal import Telemetry

/// The words of one ledger.
public struct PostgresShopPlacements: ShopPlacements {
    private let client: PostgresClient

    /// - Parameter client: waits for a sale that is being created, so it must not be that of buyers' batches.
    public init(client: PostgresClient) {
        self.client = client
    }

    public func known() async throws(LedgerFailure) -> KnownPlacements {
        try await client.ask(Statements.knownPlacements, []) { rows throws(PostgresError) in
            let row = try rows.firstRow()
            var moved: [ShopID: ShopPlacement] = [:]
            for row in rows where !row[1].isNull {
                let placement = try Self.placement(row, at: 1)
                moved[placement.shop] = placement
            }
            return KnownPlacements(pod: try Self.pod(row, at: 0), moved: moved)
        }
    }

    public func give(
        _ shop: ShopID, version: Int32, to pod: PodID
    ) async throws(LedgerFailure) -> ShopPlacement? {
        let parameters: [PostgresValue] = [.text(shop.description), .int4(version), .int4(Int32(pod.number))]
        return try await client.ask(Statements.giveShop, parameters) { rows throws(PostgresError) in
            try rows.first.map { row throws(PostgresError) in try Self.placement(row, at: 0) }
        }
    }

    public func learn(_ placement: ShopPlacement) async throws(LedgerFailure) -> ShopPlacement {
        let parameters: [PostgresValue] = [
            .text(placement.shop.description), .int4(placement.version), .int4(Int32(placement.pod.number)),
            .timestamptz(placement.beginsAt.microseconds),
        ]
        return try await client.ask(Statements.learnPlacement, parameters) { rows throws(PostgresError) in
            try Self.placement(try rows.firstRow(), at: 0)
        }
    }

    /// Makes an empty ledger a pod, once; its owner alone can. False if it is another one.
    public func become(_ pod: PodID) async throws(LedgerFailure) -> Bool {
        try await client.ask(Statements.becomePod, [.int4(Int32(pod.number))]) { rows throws(PostgresError) in
            try rows.firstRow()[0].bool()
        }
    }

    private static func pod(_ row: PostgresRow, at column: Int) throws(PostgresError) -> PodID {
        guard let pod = PodID(try row[column].int32()) else { throw row.unreadable("a pod's number") }
        return pod
    }

    private static func placement(_ row: PostgresRow, at column: Int) throws(PostgresError) -> ShopPlacement {
        guard let shop = ShopID(try row[column].string()) else { throw row.unreadable("a shop's name") }
        return ShopPlacement(
            shop: shop, version: try row.number(column + 1), pod: try pod(row, at: column + 2),
            beginsAt: try row.time(column + 3))
    }
}
