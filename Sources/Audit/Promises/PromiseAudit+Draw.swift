// The promise of the draw: it was fixed before anybody joined, and every number follows from it. What the service shows
// for anybody to check is checked here, with two hashes and without the ledger.

internal import Tokens

extension PromiseAudit {
    func numbersFollowFromTheDraw(_ book: LineBook) -> Finding {
        let told = history.lines.filter { $0.draw != nil }
        var breaches: [String] = []
        if let first = told.first, let other = told.first(where: { $0.draw?.commit != first.draw?.commit }) {
            breaches.append("the draw had two commits:\n\(timeline(of: [first, other]))")
        }
        let drawn = told.filter { $0.draw?.seed != nil }
        if let first = drawn.first, let other = drawn.first(where: { $0.draw != first.draw }) {
            breaches.append("there were two draws:\n\(timeline(of: [first, other]))")
        }
        if let line = drawn.first, let draw = line.draw, let seed = draw.seed {
            if SHA2.digits(of: seed) != draw.commit {
                breaches.append("the seed \(seed) is not that of the commit \(draw.commit):\n\(timeline(of: [line]))")
            } else if let count = draw.count, count > 0 {
                breaches += book.tickets.values.compactMap { whyNotDrawn($0, SHA2Key(Array(seed.utf8)), among: count) }
                    .sorted()
            }
        }
        return Finding(
            "numbers_follow_from_the_draw", "Q3", "the draw is that of its commit, and its numbers follow from it",
            breaches: breaches)
    }

    /// Why a ticket's number is not that of the draw; nil if it is, or if it is that of a late buyer, which is higher
    /// than the count of those that took part.
    private func whyNotDrawn(_ ticket: LineBook.Ticket, _ key: SHA2Key, among count: Int32) -> String? {
        guard let answer = ticket.answers.first(where: { $0.place?.number != nil }),
            let number = answer.place?.number, number <= count
        else { return nil }
        let user = history.user(answer.buyer)
        let hash = key.authenticate(Array("\(history.sale.id):\(user)".utf8))
        // The first 64 bits are as far on their way to 2^64 as the number is from 1 to the count.
        let fraction = hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let right = Int32(fraction.multipliedFullWidth(by: UInt64(count)).high) + 1
        guard number != right else { return nil }
        return "the draw gives \(user) number \(right), and the answer said \(number):\n\(timeline([answer]))"
    }

    private func timeline(of lines: [History.Line]) -> String {
        lines.map { line in
            let draw = line.draw.map { "commit \($0.commit) seed \($0.seed ?? "-")" } ?? ""
            return timeline([history.exchanges[line.exchange]]) + " \(draw)"
        }.joined(separator: "\n")
    }
}
