// Which ledger a database holds.

public import FlashSale
public import LibpqClient

/// Reads the ledger's identity, which names its keys in Redis.
public struct LedgerIdentity: Sendable {
    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    public func read(deadline: Deadline) async throws(LedgerFailure) -> LedgerID {
        do throws(PostgresError) {
            let row = try await client.query(Statements.identity, deadline: deadline).firstRow()
            guard let id = LedgerID(try row[0].string()) else { throw row.unreadable("it is no identity of a ledger") }
            return id
        } catch {
            throw LedgerFailure(error)
        }
    }
}
