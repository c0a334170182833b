// What operators did with a sale: each act with what it changed, and what was refunded in all.

internal import Reports
internal import Textbook

extension HistoryPage {
    /// Restocks and refunds in sentences, each after a space; empty if there was none.
    var changesInWords: String {
        let (first, last) = (history.stocks[0].stock, terms.stockPerItem)
        var words = ""
        if history.stocks.count > 1 {
            words += " Operators changed the stock from \(Words.count(first * terms.itemCount)) to "
            words += "\(Words.count(last * terms.itemCount)) units."
        }
        for (currency, all) in history.totals where all.unitsRefunded > 0 {
            let units = Self.units(all.unitsRefunded)
            words += " \(units) came back for \(Money.words(all.minorUnitsRefunded, currency))."
        }
        guard unitsRefunded > 0 else { return words }
        return words + " That leaves \(Words.count(terms.sold)) of \(Self.units(terms.units)) sold."
    }

    /// Of all currencies.
    var unitsRefunded: Int { history.totals.reduce(0) { $0 + $1.all.unitsRefunded } }

    /// Refunds by who made them.
    var refunds: String {
        struct Sum {
            var refunds = 0
            var units = 0
            var minorUnits: Int64 = 0
        }
        var sums: [[String]: Sum] = [:]
        for act in history.acts {
            for case .refund(_, let units, let minorUnits, let currency) in act.changes {
                let sum = sums[[act.actor, currency]] ?? Sum()
                sums[[act.actor, currency]] = Sum(
                    refunds: sum.refunds + 1, units: sum.units + units, minorUnits: sum.minorUnits + minorUnits)
            }
        }
        guard !sums.isEmpty else { return "" }
        let rows = sums.sorted { ($1.value.minorUnits, $0.key[0]) < ($0.value.minorUnits, $1.key[0]) }
        return HTML.table(
            "Who refunded how much", ["who", "refunds", "units", "money"],
            rows.map { key, sum in
                [key[0], Words.count(sum.refunds), Words.count(sum.units), Money.words(sum.minorUnits, key[1])]
            })
    }

    var acts: String {
        guard !history.acts.isEmpty else { return "" }
        return HTML.table(
            "Who changed the sale", ["", "UTC", "act", "what", "who", "why"],
            history.acts.enumerated().map { index, act in
                [
                    "\(index + 1)", UTCTime.words(act.at), act.act.replacing("_", with: " "),
                    act.changes.map(what).joined(separator: ", "), act.actor, act.reason,
                ]
            })
    }

    private func what(_ change: SaleHistory.Change) -> String {
        switch change {
        case .stock(let from, let to):
            let units = Self.units(abs(to - from) * terms.itemCount)
            return "\(from) to \(Self.units(to)) of each item: \(units) \(to > from ? "more" : "fewer")"
        case .limit(let from, let to): return "\(from) to \(Self.units(to)) for a buyer"
        case .pace(let from, let to):
            let paces = [from, to].map { $0.map { "\(Words.count($0)) a second" } ?? "as found" }
            return "\(paces[0]) to \(paces[1])"
        case .end(_, let to): return "until \(UTCTime.words(to))"
        case .price(let item, let from, let to, let currency):
            return "ITM-\(history.number)-\(item): \(Money.words(from, currency)) to \(Money.words(to, currency))"
        case .refund(let order, let units, let minorUnits, let currency):
            return "ORD-\(history.number)-\(order): \(Self.units(units)), \(Money.words(minorUnits, currency))"
        }
    }

    static func units(_ count: Int) -> String { "\(Words.count(count)) unit\(count == 1 ? "" : "s")" }
}
