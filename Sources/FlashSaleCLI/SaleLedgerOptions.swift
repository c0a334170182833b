// What the commands about sales share: where the ledger is, how they print, and how they fail.

import ArgumentParser
import FlashSale
import FlashSaleHTTP
import LibpqClient
import Logging
import PostgresLedger
import Textbook

struct SaleLedgerOptions: ParsableArguments {
    @Flag(help: "Print JSON, with the fields of the admin routes, instead of a table.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings as flags.", visibility: .hidden))
    var settings: [String] = []

    /// Lends the catalog of the ledger that the settings name.
    ///
    /// - Throws: `Failure` with a sentence that says what is wrong with the settings or the ledger.
    func withCatalog(_ body: (PostgresSaleCatalog, Settings) async throws -> Void) async throws {
        let settings = try await Settings.read(arguments: settings)
        let url = try settings.ledgerURL()
        var configuration = PostgresClientConfiguration(url: url)
        configuration.applicationName = "flashsale-sale"
        configuration.connectTimeout = .seconds(10)
        configuration.acquireTimeout = .seconds(10)
        configuration.statementTimeout = .seconds(60)
        let client: PostgresClient
        do {
            client = try PostgresClient(configuration)
        } catch {
            throw Failure("\(Setting.databaseURL.variable): \(error.message)")
        }
        do {
            let logger = Logger(label: "flashsale.sale") { _ in SwiftLogNoOpLogHandler() }
            let state = try await Migrator(client: client, logger: logger).report().state
            guard state.isServed else { throw Failure("\(state)") }
            try await body(PostgresSaleCatalog(reader: client, bulk: client), settings)
        } catch {
            await client.shutdown()
            throw error is Failure || error is ValidationError ? error : Failure("the ledger cannot be used: \(error)")
        }
        await client.shutdown()
    }

    /// Prints an object or an array of JSON, or else a text.
    func show(_ text: @autoclosure () -> String, _ write: (inout JSONWriter) -> Void) {
        guard json else { return print(text()) }
        var writer = JSONWriter()
        write(&writer)
        print(String(decoding: writer.bytes, as: UTF8.self))
    }

    static func sale(_ number: Int32) throws -> SaleID {
        guard number > 0 else { throw ValidationError("--sale must be the number of a sale, from 1 on.") }
        return SaleID(number)
    }

    static func shop(_ text: String) throws -> ShopID {
        guard let shop = ShopID(text) else { throw ValidationError("--shop \(ShopID.problem).") }
        return shop
    }

    static func time(_ text: String?, _ flag: String) throws -> Timestamp? {
        guard let text else { return nil }
        guard let time = Timestamp(rfc3339: text) else { throw ValidationError("\(flag) \(Timestamp.problem).") }
        return time
    }
}

extension Failure {
    static func noSale(_ id: SaleID) -> Failure { Failure("the ledger has no sale \(id)") }
}

/// Lines of words under one another, each column as wide as its widest word. Columns of numbers end at the right.
struct TextTable {
    let head: [String]
    let rows: [[String]]

    var text: String {
        let lines = [head] + rows
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = line.enumerated().map { column, word in
                let gap = String(repeating: " ", count: widths[column] - word.count)
                let isNumber = rows.allSatisfy { Int($0[column]) != nil } && !rows.isEmpty
                return isNumber ? gap + word : word + gap
            }
            let text = cells.joined(separator: "  ")
            return String(text.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
