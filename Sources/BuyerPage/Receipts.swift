// The page of an order, rendered once for a language and filled in for each order.

internal import Textbook

/// The pages of orders in a language.
struct Receipts: Sendable {
    private let language: Language
    private let page: Blank
    /// Some of the order was refunded.
    private let partlyRefundedPage: Blank
    private let refundedPage: Blank
    private let soldLine: Blank
    private let failedLine: Blank
    private let refundedLine: Blank

    /// - Parameters:
    ///   - head: the page down to the order, by the name of its words and its tone.
    ///   - end: what follows the order.
    init(
        _ language: Language, template: PageTemplate, line: PageTemplate, end: String,
        head: (_ name: String, _ tone: String) -> String
    ) {
        self.language = language
        let names = ["id", "at", "time", "lines", "total"]
        let order = Dictionary(uniqueKeysWithValues: names.map { ($0, Blank.open($0)) })
        let refund = order.merging(["refund": Blank.open("refund")]) { $1 }
        page = Blank(head("order", "") + template.render(["order": order]) + end)
        partlyRefundedPage = Blank(head("order", "") + template.render(["order": refund]) + end)
        refundedPage = Blank(head("refund", "quietly") + template.render(["order": refund]) + end)
        let item = ["sale", "number", "name"]
        let sold = item + ["price"]
        soldLine = Blank(line, open: sold, ["sold": true])
        failedLine = Blank(line, open: item)
        refundedLine = Blank(line, open: sold, ["sold": true, "refunded": true])
    }

    func text(_ order: PageOrder, now: UTCTime) -> [UInt8] {
        var lines: [UInt8] = []
        for line in order.lines {
            lines += (line.isRefunded ? refundedLine : line.minorUnits != nil ? soldLine : failedLine).filled([
                "sale": line.item.sale, "number": "\(line.item.number)", "name": line.item.name,
                "price": line.minorUnits.map { language.price($0, order.currency) } ?? "",
            ])
        }
        let blank = order.isRefunded ? refundedPage : order.minorUnitsRefunded > 0 ? partlyRefundedPage : page
        return blank.filled(
            [
                "now": "\(now.milliseconds)", "id": order.id, "at": order.orderedAt.rfc3339(fractionDigits: 0),
                "time": order.orderedAt.minute, "total": language.price(order.minorUnits, order.currency),
                "refund": language.price(order.minorUnitsRefunded, order.currency),
            ], markup: ["lines": lines])
    }
}
