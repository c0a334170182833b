// What the commands about sales share: which ledger they ask, what their words mean, and how they print.

import ArgumentParser
import FlashSale
import FlashSaleHTTP
import PostgresLedger
import Textbook

struct SaleLedgerOptions: ParsableArguments {
    @Flag(help: "Print JSON, with the fields of the admin routes, instead of a table.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: Setting.ofLedgers))
    var settings: [String] = []

    func read() throws -> Settings { try Settings.read(arguments: settings) }

    /// Lends the catalog of the ledger that a sale is in.
    func withCatalog(of sale: SaleID, _ body: (PostgresSaleCatalog, Settings) async throws -> Void) async throws {
        let settings = try read()
        try await settings.withCatalog(of: settings.pod(of: sale)) { try await body($0, settings) }
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

/// Lines of words under one another, each column as wide as its widest word. Columns of numbers end at the right.
struct TextTable {
    let head: [String]
    let rows: [[String]]

    /// Words may be anybody's who has written into the ledger: none of them ends its line or steers a terminal.
    init(head: [String], rows: [[String]]) {
        self.head = head
        self.rows = rows.map { $0.map(\.withoutControls) }
    }

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
