// Decides whose run of a duty begins next. Pure.

/// The turns of a duty's sales: each waits, is at work, or rests.
struct DutyTurns {
    /// The most runs at once. More would only wait for connections, in front of buyers who need them too.
    static let runsAtOnce = 8

    /// Those that there is work for, by their numbers. Without a sale, one run for none in particular, under nil.
    private var due: [SaleID?: Sale?] = [:]
    /// Those whose turn comes, in the order in which they asked for it.
    private var waiting: [SaleID?] = []
    private var known: Set<SaleID?> = []
    private var runs = 0

    /// Takes note of the sales that there is work for now. A new one waits behind the others.
    mutating func look(at sales: [Sale]) {
        let all = sales.isEmpty ? [nil] : sales.map(Optional.some)
        due = Dictionary(all.map { ($0?.id, $0) }) { first, _ in first }
        waiting += all.map { $0?.id }.filter { known.insert($0).inserted }
    }

    /// Begins the next run, if there may be one.
    ///
    /// - Returns: the sale; nil inside for none in particular, nil if no run begins now.
    mutating func begin() -> Sale?? {
        while runs < Self.runsAtOnce, !waiting.isEmpty {
            let id = waiting.removeFirst()
            guard let sale = due[id] else {
                known.remove(id)
                continue
            }
            runs += 1
            return .some(sale)
        }
        return nil
    }

    /// A run has ended. Its sale rests until it asks for the next.
    mutating func end() {
        runs -= 1
    }

    /// A sale has rested and asks for its next turn.
    mutating func ask(_ id: SaleID?) {
        waiting.append(id)
    }
}
