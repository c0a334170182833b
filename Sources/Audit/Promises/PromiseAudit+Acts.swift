// The promise about operators' acts: nobody is told for long that a sale is paused or over when it is not any more.
// That nothing is held or bought meanwhile, the ledger itself shows.

extension PromiseAudit {
    func actsAreHeard(_ log: SaleLog) -> Finding {
        let breaches = history.exchanges.compactMap { refusal -> String? in
            guard let spans = Self.claim(of: refusal, log) else { return nil }
            let isSo = spans.contains {
                $0.from <= Self.latest(refusal) && Self.echo(of: $0, in: refusal) <= $0.echoMax + Self.clockSlack
            }
            guard !isSo, let words = refusal.reason?.rawValue else { return nil }
            return "the answer said \(words), and that was not so, nor shortly before:\n\(timeline([refusal]))"
        }
        return Finding(
            "acts_are_heard", "I13", "nobody is told that a sale is paused or over 250 ms after it was",
            breaches: breaches)
    }

    /// How long after a change of the sale somebody was told what was so before, at most; nil if nobody was.
    func latestEcho(_ log: SaleLog) -> Int64? {
        history.exchanges.compactMap { refusal in
            Self.claim(of: refusal, log)?.filter { $0.from <= Self.latest(refusal) }
                .map { Self.echo(of: $0, in: refusal) }.min()
        }.filter { $0 > 0 }.max()
    }

    /// When a refusal was right that says how the sale is; nil if it says nothing of that.
    private static func claim(of refusal: History.Exchange, _ log: SaleLog) -> [SaleLog.Span]? {
        switch (refusal.endpoint, refusal.reason) {
        case (.checkout, .salePaused): log.pauses(ofPurchases: false)
        case (.purchase, .salePaused): log.pauses(ofPurchases: true)
        case (.checkout, .saleNotActive): log.rests
        default: nil
        }
    }

    /// How long after a time a request was sent; 0 if it was sent before the time was over.
    private static func echo(of span: SaleLog.Span, in refusal: History.Exchange) -> Int64 {
        refusal.sent - min(span.until, refusal.sent)
    }

    /// The last moment at which the refusal may have been decided.
    private static func latest(_ refusal: History.Exchange) -> Int64 {
        min(refusal.answered, .max - clockSlack) + clockSlack
    }
}
