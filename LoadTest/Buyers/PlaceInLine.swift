// What a buyer in the line of a waiting room knows of its place.

/// What a buyer knows of its place.
struct PlaceInLine: Sendable {
    /// The ticket that it got first.
    private(set) var own: String?
    /// That of its second device, or one that is not its own.
    var other: String?
    private(set) var number: Int32?
    /// What it shows when it checks out.
    var shows = Pass.own
    /// How often it asked.
    var polls: UInt8 = 0

    func ticket(_ pass: Pass) -> String? {
        switch pass {
        case .none: nil
        case .own: own
        case .other: other
        }
    }

    mutating func hear(_ news: QueueNews) {
        if let ticket = news.ticket {
            if own == nil { own = ticket } else if ticket != own, other == nil { other = ticket }
        }
        if number == nil { number = news.number }
    }

    /// Whether its turn has come.
    func isCalled(_ news: QueueNews?) -> Bool {
        guard let news else { return false }
        return news.isCalled || number.map { $0 <= news.called ?? 0 } ?? false
    }
}
