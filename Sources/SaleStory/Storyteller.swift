// The way from a sale to its page, for commands: connects to the ledger and to Prometheus, reads, and writes the page.

internal import LibpqClient

/// Tells what happened in sales.
public enum Storyteller {
    /// Says in a sentence why there is no story.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let connectTimeout = Duration.seconds(30)
    private static let statementTimeout = Duration.seconds(600)

    /// The story of a sale. It connects for that, and closes the connections. A Prometheus that does not answer takes
    /// away only what it knows.
    ///
    /// - Parameters:
    ///   - databaseURL: in Postgres's form.
    ///   - prometheusURL: like `http://127.0.0.1:9090`; nil leaves out what only metrics know.
    /// - Throws: an error whose description says which address is wrong, what cannot be read, or that the ledger has no
    ///   such sale.
    public static func story(
        ofSale sale: Int32, databaseURL: String, prometheusURL: String?
    ) async throws -> Story {
        let prometheus = try prometheusURL.map { try PrometheusReader(url: $0) }
        let history = try await PostgresClient(configuration(databaseURL)).lend { postgres in
            try await HistoryReader(postgres: postgres).history(of: sale)
        }
        guard let history else { throw Failure(description: "the ledger has no sale \(sale)") }
        let answer = await metrics(over: history.clock, from: prometheus)
        return Story(html: HistoryPage(history: history, answer: answer).text, missing: answer.missing)
    }

    private static func metrics(over clock: StoryClock, from prometheus: PrometheusReader?) async -> MetricsAnswer {
        guard let prometheus else { return .notAsked }
        do {
            return .found(try await prometheus.history(over: clock))
        } catch {
            return .missing("\(error)")
        }
    }

    private static func configuration(_ databaseURL: String) -> PostgresClientConfiguration {
        var configuration = PostgresClientConfiguration(url: databaseURL)
        configuration.acceptsReadOnly = true
        configuration.applicationName = "flashsale-report"
        configuration.statementTimeout = statementTimeout
        configuration.acquireTimeout = connectTimeout
        configuration.connectTimeout = connectTimeout
        // Right after a rush Postgres may still plan for empty tables, and join large ones row by row.
        configuration.settings["enable_nestloop"] = "off"
        // It would sort a million texts to count how many differ.
        configuration.settings["enable_sort"] = "off"
        configuration.settings["jit"] = "off"
        // Sorts and hashes of a million rows fit.
        configuration.settings["work_mem"] = "256MB"
        return configuration
    }
}
