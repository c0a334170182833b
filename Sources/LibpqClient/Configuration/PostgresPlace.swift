// Where a database is, for programs that reach it themselves.

/// What a database's URL says besides credentials and options.
public struct PostgresPlace: Hashable, Sendable {
    /// Of several, all with commas between them, as libpq takes them.
    public let host: String
    /// Nil if the hosts have different ones.
    public let port: Int?
    public let database: String
}

extension PostgresClientConfiguration {
    /// Reads the URL, with libpq's defaults for what it does not say.
    ///
    /// - Throws: `PostgresError` with the code `configuration` and a sentence that repeats no secret.
    public func place() throws(PostgresError) -> PostgresPlace {
        let values = try ConnectionParameters(self, at: CallSite(statementName: nil, file: #fileID, line: #line))
            .expanded()
        let ports = Set((values["port"] ?? "").split(separator: ","))
        return PostgresPlace(
            host: values["host"].flatMap { $0.isEmpty ? nil : $0 } ?? values["hostaddr"] ?? "localhost",
            port: ports.count > 1 ? nil : ports.first.map { Int($0) } ?? 5_432, database: values["dbname"] ?? "")
    }
}
