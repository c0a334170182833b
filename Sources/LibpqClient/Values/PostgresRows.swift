// A statement's result. It owns libpq's memory and frees it once. Fields are decoded in place.

internal import CLibpq

/// The rows a statement returned, none for most writes.
///
/// The result is complete and never changes, so it may be read from any thread.
public final class PostgresRows: @unchecked Sendable {
    private let result: OpaquePointer
    /// The call that returned it, for errors of decoding.
    let site: CallSite
    /// How long the call waited for a connection.
    let waited: Duration
    /// The number of rows.
    public let count: Int

    /// Takes over a complete `PGresult`.
    init(owning result: OpaquePointer, site: CallSite, waited: Duration) {
        self.result = result
        self.site = site
        self.waited = waited
        count = Int(PQntuples(result))
    }

    deinit { PQclear(result) }

    public var columnCount: Int { Int(PQnfields(result)) }

    /// The error of a result that is complete, but means nothing to this program.
    ///
    /// - Parameter why: a sentence without values of its rows.
    public func unreadable(_ why: String) -> PostgresError {
        PostgresError(.decoding, "the result cannot be read: \(why)", at: site)
    }

    /// Rows inserted, updated, deleted, selected or copied, as the server counts them; 0 where it does not.
    public var affectedCount: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// The command that was executed, as the server calls it: `COMMIT`, `INSERT 0 1`.
    public var commandTag: String { String(cString: PQcmdStatus(result)) }

    func columnName(_ column: Int) -> String {
        PQfname(result, Int32(column)).map { String(cString: $0) } ?? "?"
    }

    func typeID(ofColumn column: Int) -> UInt32 { PQftype(result, Int32(column)) }

    func isBinary(column: Int) -> Bool { PQfformat(result, Int32(column)) == 1 }

    func isNull(row: Int, column: Int) -> Bool { PQgetisnull(result, Int32(row), Int32(column)) == 1 }

    /// The field's bytes, valid within the closure.
    func withBytes<R>(row: Int, column: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        let count = Int(PQgetlength(result, Int32(row), Int32(column)))
        return withExtendedLifetime(self) {
            body(UnsafeRawBufferPointer(start: PQgetvalue(result, Int32(row), Int32(column)), count: count))
        }
    }
}
