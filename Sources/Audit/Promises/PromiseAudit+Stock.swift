// The promise about stock: "sold out" is said only if it is true.

extension PromiseAudit {
    func noFalseSoldOut() -> Finding {
        let books = StockBooks(self)
        var count = 0
        var examples: [String] = []
        for refusal in history.exchanges where refusal.outcome == .soldOut {
            guard let why = whyFalse(refusal, books) else { continue }
            count += 1
            if examples.count < Finding.counterexamplesMax { examples.append("\(why):\n\(timeline([refusal]))") }
        }
        return Finding(
            Self.falseSoldOut, "I5", "nobody is refused for stock while there is some", count: count, examples)
    }

    /// Why a refusal for stock was false, as a sentence; nil if it may have been true.
    private func whyFalse(_ refusal: History.Exchange, _ books: StockBooks) -> String? {
        switch (refusal.endpoint, refusal.reason) {
        case (.checkout, .itemSold), (.checkout, .itemHeld):
            return whyFree(refusal.item, refusal, books, besides: nil)
        case (.checkout, .allItemsSold):
            return whyNotAllSold(window(of: refusal), books)
        case (.purchase, _):
            // A purchase of an ended cart is refused if others have its units. The refusal is false if no other buyer
            // can have taken one of its items.
            guard let code = refusal.code, let cart = carts[code] else { return nil }
            for item in cart.items.sorted() {
                if let why = whyFree(item, refusal, books, besides: code) { return why }
            }
            return nil
        default:
            return nil
        }
    }

    func whyNotAllSold(_ window: (from: Int64, until: Int64), _ books: StockBooks) -> String? {
        if let item = books.itemListed {
            return "the answer said all sold, but the service lists ITM-\(history.sale.id)-\(item) as not sold"
        }
        let units = books.units(from: window.from, until: window.until)
        guard books.isSeen || !hasStrangers,
            case let taken = books.allTaken(from: window.from, until: window.until), taken < units
        else { return nil }
        return "the answer said all sold, but of \(units) units at most \(taken) were taken"
    }

    /// The time in which a refusal must have been true for at least a moment.
    private func window(of refusal: History.Exchange) -> (from: Int64, until: Int64) {
        let until = refusal.answered == .max ? Int64.max : refusal.answered + Self.clockSlack
        return (refusal.sent - Self.staleness - Self.clockSlack, until)
    }

    private func whyFree(
        _ item: Int32, _ refusal: History.Exchange, _ books: StockBooks, besides code: String?
    ) -> String? {
        let name = "ITM-\(history.sale.id)-\(item)"
        if refusal.reason == .itemSold, let listed = evidence.items?[item], !listed.isSold,
            !evidence.mayBeForSaleAgain(item)
        {
            return "the answer said that \(name) is sold, but the service lists it as not sold"
        }
        let units = history.sale.availableAtLeast(item)
        let (from, until) = window(of: refusal)
        if let (stock, taken) = books.tightest(item, from: from, until: until) {
            guard taken < stock else { return nil }
            return "\(name) has \(stock) units, of which at most \(taken) were taken in the second before"
        }
        guard !hasStrangers else { return nil }
        let isSoldWanted = refusal.reason == .itemSold
        let taken = books.possiblyTaken(item, from: from, until: until, isSold: isSoldWanted, besides: code)
        guard taken < units else { return nil }
        let verb = isSoldWanted ? "sold" : "taken"
        return "\(name) had \(units) units, of which at most \(taken) can have been \(verb)"
    }
}
