// `flashsale sale restock`, `limit`, `price` and `refund`: what a sale offers, to whom how much of it, and what comes
// back.

import ArgumentParser
import FlashSale

struct SaleRestockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restock", abstract: "Give each item of a sale more units, or fewer.",
        discussion: "Units that are held or sold stay: a stock that would leave one outside is refused.")

    @Option(help: "Units of each item, from now on.")
    var stockPerItem: Int32

    @OptionGroup var options: SaleChangeOptions

    func validate() throws {
        guard (1...Int32(Limits.unitsPerSale)).contains(stockPerItem) else {
            throw ValidationError("--stock-per-item must be from 1 to \(Limits.unitsPerSale).")
        }
    }

    func run() async throws { try await options.change(.restock(unitsPerItem: stockPerItem)) }
}

struct SaleLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit", abstract: "Let each buyer of a sale take more units, or fewer.",
        discussion: "A buyer that has more keeps them.")

    @Option(help: "The most units that a buyer may take, held and bought together.")
    var maxItemsPerUser: Int32

    @OptionGroup var options: SaleChangeOptions

    func validate() throws {
        guard (1...Int32(Limits.itemsPerBuyer)).contains(maxItemsPerUser) else {
            throw ValidationError("--max-items-per-user must be from 1 to \(Limits.itemsPerBuyer).")
        }
    }

    func run() async throws { try await options.change(.limit(maxItemsPerUser)) }
}

struct SalePriceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "price", abstract: "Change the price of an item.",
        discussion: "What is held keeps the price that it had.")

    @Option(help: "The number of the item.")
    var item: Int32

    @Option(help: "The price, in the minor unit of the item's currency, such as cents.")
    var price: Int64

    @OptionGroup var options: SaleChangeOptions

    func validate() throws {
        guard item > 0 else { throw ValidationError("--item must be the number of an item, from 1 on.") }
        guard (0...Limits.priceMinorUnits).contains(price) else {
            throw ValidationError("--price must be from 0 to \(Limits.priceMinorUnits).")
        }
    }

    func run() async throws { try await options.change(.price(item: item, minorUnits: price)) }
}

struct SaleRefundCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refund", abstract: "Refund an order, or some of its items.",
        discussion: "The units are for sale again, and the buyer may take as many more. Money is paid back elsewhere.")

    @Option(help: "The code of the order.")
    var code: String

    @Option(help: "The number of an item to refund; once for each. Without it, all that are sold are refunded.")
    var item: [Int32] = []

    @OptionGroup var options: SaleChangeOptions

    func validate() throws {
        _ = try order()
        guard item.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("--item must be the number of an item, from 1 on.")
        }
    }

    func run() async throws {
        try await options.change(.refund(try order(), items: item.isEmpty ? nil : Set(item)))
    }

    private func order() throws -> CheckoutCode {
        guard let code = CheckoutCode(code), code.sale == SaleID(options.sale) else {
            throw ValidationError("--code must be the code of an order of the sale, such as CHK-\(options.sale)-….")
        }
        return code
    }
}
