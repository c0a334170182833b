// `flashsale sale create`, and the changes: `pause`, `resume`, `pace`, `extend` and `end`.

import ArgumentParser
import FlashSale
import FlashSaleHTTP
import PostgresLedger
import Textbook

struct SaleCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a sale with its items.",
        discussion: """
            What is not given comes from the settings.

            \(Setting.discussion(of: Setting.ofLedgers + Setting.ofPlans))
            """)

    @Option(help: "The number of items.")
    var totalItems: Int

    @Option(help: "When it starts, such as 2026-11-27T08:00:00Z; now, if not given.")
    var startedAt: String?

    @Option(help: "When it ends; as long after the start as FLASHSALE_SALE_SECONDS says, if not given.")
    var endedAt: String?

    @Option(help: "Units of each item.")
    var stockPerItem: Int?

    @Option(help: "The most units that a buyer may take.")
    var maxItemsPerUser: Int?

    @Option(help: "Queues of the ledger that it has beside each other.")
    var lanes: Int?

    @Option(help: "Whose sale it is: main, if not given, or another of FLASHSALE_SHOPS.")
    var shop = ShopID.main.description

    @OptionGroup var options: SaleLedgerOptions

    func run() async throws {
        let shop = try SaleLedgerOptions.shop(shop)
        let (start, end) = (
            try SaleLedgerOptions.time(startedAt, "--started-at"), try SaleLedgerOptions.time(endedAt, "--ended-at")
        )
        let settings = try options.read()
        try await settings.withCatalog(of: settings.pod(having: shop)) { catalog in
            let now = try await catalog.agenda().readAt
            let plan = plan(of: shop, from: start ?? now, until: end, settings.saleDefaults)
            var problems = plan.problems().mapValues { "\($0)" }
            if !settings.http.shops.all.contains(shop) { problems["shop"] = "must be one of FLASHSALE_SHOPS" }
            if plan.endedAt <= now { problems["ended_at"] = "must be in the future" }
            if let (field, problem) = problems.min(by: { $0.key < $1.key }) {
                throw Failure("--\(field.replacing("_", with: "-")) \(problem)")
            }
            switch try await catalog.create(plan, fence: nil) {
            case .created(let sale):
                let stock = try await catalog.count(sale)
                options.show(sale.lines(stock, at: now)) { $0.managed(sale) }
            case .overlaps, .staleFence: throw Failure("the sale would overlap another one")
            case .moved:
                throw Failure("the shop has its sales in another pod; `flashsale shops list` says in which")
            }
        }
    }

    private func plan(
        of shop: ShopID, from start: Timestamp, until end: Timestamp?, _ defaults: SaleDefaults
    ) -> SalePlan {
        var defaults = defaults
        defaults.itemCount = totalItems
        if let stockPerItem { defaults.stockPerItem = stockPerItem }
        if let maxItemsPerUser { defaults.maxItemsPerBuyer = maxItemsPerUser }
        if let lanes { defaults.laneCount = lanes }
        return defaults.plan(from: start, until: end ?? start + defaults.length, in: shop)
    }
}

struct SalePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pause a sale: nobody can check out, or purchase either.")

    @Option(
        help: "holds: no new holds; all: no purchases either, and the time of holds stands still.",
        transform: { text in
            guard let scope = Pause(rawValue: text) else { throw ValidationError("--scope must be holds or all.") }
            return scope
        })
    var scope = Pause.holds

    @OptionGroup var options: SaleChangeOptions

    func run() async throws { try await options.change(.pause(scope)) }
}

struct SaleResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused sale go on.",
        discussion: "After a pause of all, each live hold ends later by the pause.")

    @OptionGroup var options: SaleChangeOptions

    func run() async throws { try await options.change(.resume) }
}

struct SalePaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pace", abstract: "Say how many buyers a second the waiting room of a sale calls.",
        discussion: "It calls fewer if there is not the stock for more.")

    @Option(help: "Buyers a second. Without it, the usher finds the pace, or has it from FLASHSALE_ROOM_PACE.")
    var roomPace: Int32?

    @OptionGroup var options: SaleChangeOptions

    func validate() throws {
        guard roomPace.map({ Limits.roomPace.contains(Int($0)) }) ?? true else {
            throw ValidationError("--room-pace must be from 1 to \(Limits.roomPace.upperBound).")
        }
    }

    func run() async throws { try await options.change(.pace(roomPace)) }
}

struct SaleExtendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Move the end of a sale to another time to come. Live holds keep their ends.")

    @Option(help: "The new end, such as 2026-11-27T10:00:00Z.")
    var endedAt: String

    @OptionGroup var options: SaleChangeOptions

    func run() async throws {
        guard let end = try SaleLedgerOptions.time(endedAt, "--ended-at") else { return }
        try await options.change(.setEnd(end))
    }
}

struct SaleEndCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End a sale now. Live holds can be purchased to their ends.")

    @OptionGroup var options: SaleChangeOptions

    func run() async throws { try await options.change(.end) }
}
