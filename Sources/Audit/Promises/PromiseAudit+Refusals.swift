// The promise about refusals for what a buyer has: nobody hears of a limit, a hold or a line that there is not.

extension PromiseAudit {
    func refusalsHaveACause() -> Finding {
        let checkouts = history.exchanges.filter { $0.endpoint == .checkout }
        let mayHave = Dictionary(
            grouping: checkouts.filter { $0.outcome == .won || $0.isUncertain }, by: \.buyer)
        let holds = Dictionary(grouping: evidence.holds ?? [:], by: \.value.user)
        let breaches = checkouts.compactMap { refusal -> String? in
            guard refusal.reason != nil, refusal.outcome != .soldOut else { return nil }
            let before = (mayHave[refusal.buyer] ?? []).filter { $0.sent < refusal.answered }.map(\.item)
            let held = (holds[history.user(refusal.buyer)] ?? []).map(\.key.item)
            return whyGroundless(refusal, [before, held]).map { "\($0):\n\(timeline([refusal]))" }
        }
        return Finding(
            "refusals_have_a_cause", "I4", "nobody hears of a limit, a hold or a line that there is not",
            breaches: breaches)
    }

    /// - Parameter items: what the buyer may have taken by then, by the journal; what it ever held, by the database.
    private func whyGroundless(_ refusal: History.Exchange, _ items: [[Int32]]) -> String? {
        switch refusal.reason {
        case .userLimitExceeded:
            // Without the log nobody knows whether an operator has lowered it; it is at least 1.
            let limit = evidence.log?.limitMin ?? 1
            let taken = items.map(\.count).max() ?? 0
            guard taken < limit else { return nil }
            return "the answer said that the limit of \(limit) is reached, and the buyer had at most \(taken)"
        case .alreadyCheckedOut:
            guard !items.joined().contains(refusal.item) else { return nil }
            return "the answer said that the buyer holds the item, which it never got"
        case .waitingRoom:
            return history.roomStarts == nil ? "the buyer was told to wait, in a sale without a waiting room" : nil
        default:
            return nil
        }
    }
}
