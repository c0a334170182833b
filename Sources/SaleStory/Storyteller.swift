// The way from a sale to its page, for commands: connects to the ledger and to Prometheus, reads, and writes the page.

internal import LibpqClient

/// Tells what happened in sales.
public struct Storyteller: Sendable {
    /// Says in a sentence why there is no story.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let connectTimeout = Duration.seconds(30)
    private static let statementTimeout = Duration.seconds(600)

    private let postgres: PostgresClient
    private let prometheus: PrometheusReader?

    /// - Parameters:
    ///   - databaseURL: in Postgres's form.
    ///   - prometheusURL: like `http://127.0.0.1:9090`; nil leaves out what only metrics know.
    /// - Throws: an error whose description says which address is wrong.
    public init(databaseURL: String, prometheusURL: String?) throws {
        prometheus = try prometheusURL.map { try PrometheusReader(url: $0) }
        var configuration = PostgresClientConfiguration(url: databaseURL)
        configuration.acceptsReadOnly = true
        configuration.applicationName = "flashsale-report"
        configuration.statementTimeout = Self.statementTimeout
        configuration.acquireTimeout = Self.connectTimeout
        configuration.connectTimeout = Self.connectTimeout
        // Right after a rush Postgres may still plan for empty tables, and join large ones row by row.
        configuration.settings["enable_nestloop"] = "off"
        // It would sort a million texts to count how many differ.
        configuration.settings["enable_sort"] = "off"
        configuration.settings["jit"] = "off"
        // Sorts and hashes of a million rows fit.
        configuration.settings["work_mem"] = "256MB"
        postgres = try PostgresClient(configuration)
    }

    /// The page of a sale.
    ///
    /// - Throws: an error whose description says what cannot be read, or that the ledger has no such sale.
    public func page(ofSale sale: Int32) async throws -> String {
        guard let history = try await HistoryReader(postgres: postgres).history(of: sale) else {
            throw Failure(description: "the ledger has no sale \(sale)")
        }
        let metrics = try await prometheus?.history(over: history.clock)
        return HistoryPage(history: history, metrics: metrics).text
    }

    /// Closes the connections.
    public func close() async {
        await postgres.shutdown()
    }
}
