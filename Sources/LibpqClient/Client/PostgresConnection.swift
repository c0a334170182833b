// A connection as its borrower sees it, within `withConnection` or `withTransaction`. SessionPhase.swift draws the
// states of the connection itself, PoolState.swift those of the pool.

public import Telemetry

/// A connection lent for the length of a closure. After that every call fails with `connectionLost`.
///
/// It runs one statement at a time. A connection that comes back within a transaction is closed and not lent again.
/// Settings changed by SET stay with the connection, so prefer SET LOCAL.
public struct PostgresConnection: Sendable {
    let chain: PostgresNext
    let lease: Lease
    /// The deadline of calls without their own.
    public let deadline: ContinuousClock.Instant

    /// Sends a statement and returns its rows.
    public nonisolated(nonsending) func query(
        _ statement: PostgresStatement, _ parameters: [PostgresValue] = [], deadline: ContinuousClock.Instant? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) async throws(PostgresError) -> PostgresRows {
        let deadline = deadline ?? self.deadline
        return try await chain(
            PostgresCall(statement, parameters, deadline: deadline, lease: lease, file: file, line: line)
        )
    }

    /// Runs a text of several statements, as one transaction unless the text has its own BEGIN and COMMIT.
    ///
    /// The rows are those of the last statement, in text format.
    @discardableResult
    public nonisolated(nonsending) func execute(
        script: String, name: String = "script", table: QueryTable = .none, deadline: ContinuousClock.Instant? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) async throws(PostgresError) -> PostgresRows {
        let statement = PostgresStatement(name, script, type: .other, table: table, isPrepared: false)
        let deadline = deadline ?? self.deadline
        return try await chain(
            PostgresCall(statement, deadline: deadline, work: .script, lease: lease, file: file, line: line)
        )
    }

    /// Runs a `COPY … FROM STDIN` and lets the closure write its data. Returns the number of rows copied.
    ///
    /// If the closure throws, the server drops all rows. The error is then `copySource`, with the closure's error as
    /// `underlying`.
    @discardableResult
    public nonisolated(nonsending) func copyIn(
        _ statement: PostgresStatement, deadline: ContinuousClock.Instant? = nil, file: StaticString = #fileID,
        line: UInt = #line, _ body: @escaping @Sendable (PostgresCopyWriter) async throws -> Void
    ) async throws(PostgresError) -> Int {
        let deadline = deadline ?? self.deadline
        let rows = try await chain(
            PostgresCall(statement, deadline: deadline, work: .copy(body), lease: lease, file: file, line: line)
        )
        return rows.affectedCount
    }
}
