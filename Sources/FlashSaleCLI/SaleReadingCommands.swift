// `flashsale sale list`, `show` and `log`.

import ArgumentParser
import FlashSale
import FlashSaleHTTP
import PostgresLedger
import Textbook

struct SaleListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List sales with their stock, the latest first.")

    @Option(help: "How many at most.")
    var limit = 20

    @Option(help: "Only those of this shop.")
    var shop: String?

    @Option(help: "Only those in this pod; 0 is home.", transform: PodID.read)
    var pod: PodID?

    @OptionGroup var options: SaleLedgerOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
    }

    /// A sale as its ledger has it, by the ledger's clock.
    private struct Found {
        let sale: Sale
        let stock: StockCount
        let now: Timestamp
    }

    func run() async throws {
        let shop = try shop.map(SaleLedgerOptions.shop)
        let settings = try options.read()
        let pods = try settings.pods(named: pod)
        var (found, problems): ([Found], [String]) = ([], [])
        for pod in pods {
            do {
                found += try await settings.withCatalog(of: pod) { try await latest(in: $0, of: shop) }
            } catch let failure as Failure {
                problems.append(failure.description)
            }
        }
        // Of one ledger they are in order. Numbers of two cannot be compared.
        if pods.count > 1 { found.sort { $0.sale.startedAt > $1.sale.startedAt } }
        found = Array(found.prefix(limit))
        if problems.count < pods.count {
            options.show(table(found, hasPods: !settings.pods.isEmpty)) { json in
                json.beginArray()
                for found in found { json.managed(found.sale) }
                json.endArray()
            }
        }
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "\n")) }
    }

    private func latest(in catalog: PostgresSaleCatalog, of shop: ShopID?) async throws -> [Found] {
        let (sales, now) = try await catalog.latest(limit, of: shop)
        var found: [Found] = []
        for sale in sales { found.append(Found(sale: sale, stock: try await catalog.count(sale), now: now)) }
        return found
    }

    private func table(_ sales: [Found], hasPods: Bool) -> String {
        guard !sales.isEmpty else { return "There is no sale." }
        let hasShops = sales.contains { $0.sale.shop != .main }
        let head = ["state", "started at", "ended at", "units", "sold", "held", "free", "version"]
        return TextTable(
            head: ["sale"] + (hasShops ? ["shop"] : []) + (hasPods ? ["pod"] : []) + head,
            rows: sales.map { found in
                let (sale, stock) = (found.sale, found.stock)
                return ["\(sale.id)"] + (hasShops ? ["\(sale.shop)"] : []) + (hasPods ? [sale.id.pod.title] : []) + [
                    sale.state(at: found.now), "\(sale.startedAt)", "\(sale.endedAt)", "\(sale.unitCount)",
                    "\(stock.sold)", "\(stock.held)", "\(stock.free)", "\(sale.version)",
                ]
            }
        ).text
    }
}

struct SaleShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a sale as it is now, with the version that a change has to name.")

    @Option(help: "The sale.")
    var sale: Int32

    @OptionGroup var options: SaleLedgerOptions

    func run() async throws {
        let id = try SaleLedgerOptions.sale(sale)
        try await options.withCatalog(of: id) { catalog, settings in
            guard let sale = try await catalog.sale(id) else { throw Failure.noSale(id, settings) }
            let stock = try await catalog.count(sale)
            let now = try await catalog.agenda().readAt
            options.show(sale.lines(stock, at: now)) { $0.managed(sale) }
        }
    }
}

struct SaleLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show who changed a sale, when, how and why.")

    private static let pageLength = 100

    @Option(help: "The sale.")
    var sale: Int32

    @OptionGroup var options: SaleLedgerOptions

    func run() async throws {
        let id = try SaleLedgerOptions.sale(sale)
        try await options.withCatalog(of: id) { catalog, settings in
            guard try await catalog.sale(id) != nil else { throw Failure.noSale(id, settings) }
            var events: [SaleEvent] = []
            while true {
                let page = try await catalog.log(of: id, after: events.last?.after.version ?? 0, limit: Self.pageLength)
                events += page
                if page.count < Self.pageLength { break }
            }
            options.show(Self.table(events)) { json in
                json.beginArray()
                for event in events { json.event(event) }
                json.endArray()
            }
        }
    }

    private static func table(_ events: [SaleEvent]) -> String {
        guard !events.isEmpty else { return "The sale is as it was created." }
        return TextTable(
            head: ["version", "changed at", "act", "actor", "reason"],
            rows: events.map { event in
                ["\(event.after.version)", "\(event.changedAt)", event.act, event.actor, event.reason]
            }
        ).text
    }
}

extension Sale {
    /// In a word for people.
    func state(at now: Timestamp) -> String {
        if endedAt <= now { return "over" }
        if let pause { return "paused (\(pause.rawValue))" }
        return startedAt <= now ? "on" : "to come"
    }

    /// A line for each of its terms.
    func lines(_ stock: StockCount, at now: Timestamp) -> String {
        var facts = [
            ("sale", "\(id)"), ("state", state(at: now)), ("version", "\(version)"),
            ("started at", "\(startedAt)"),
            ("ended at", "\(endedAt)"), ("units", "\(unitCount): \(itemCount) items of \(stockPerItem)"),
            ("stock", "\(stock.sold) sold, \(stock.held) held, \(stock.free) free"),
            ("limit", "\(maxItemsPerBuyer) for each buyer"), ("hold", "\(hold.components.seconds) s"),
            ("waiting room", gather.map { "opens \($0.components.seconds) s before the start" } ?? "none"),
        ]
        if let roomPace { facts.append(("pace", "\(roomPace) buyers a second")) }
        if id.pod != .home { facts.insert(("pod", "\(id.pod)"), at: 1) }
        if shop != .main { facts.insert(("shop", "\(shop)"), at: 1) }
        return facts.map { name, value in
            name + String(repeating: " ", count: 14 - name.count) + value
        }.joined(separator: "\n")
    }
}
