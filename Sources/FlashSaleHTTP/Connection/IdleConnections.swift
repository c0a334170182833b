// The connections of an event loop that wait for a request, in the order in which they began to wait. When there are
// too many connections, one of them makes room for a new one: first those that have never sent a request, so that a
// crowd of silent ones takes no connection from a client at work.

/// An order of places. It belongs to its event loop; a request costs it two steps without an allocation.
final class IdleConnections<Connection> {
    /// Where a connection stands, from its opening to its end.
    typealias Place = Int

    private struct Entry {
        var connection: Connection?
        var network: ClientAddress.Network?
        var isWaiting = false
        /// Whether it has ever sent a request.
        var hasAsked = false
        var longer: Place?
        var shorter: Place?
    }

    /// The ends of a row of those that wait.
    private struct Row {
        var longest: Place?
        var shortest: Place?
    }

    private var entries: [Entry] = []
    private var vacant: [Place] = []
    /// Those that have never sent a request, and those that have.
    private var rows = [Row(), Row()]

    /// A connection has opened, and waits for its first request.
    ///
    /// - Parameter network: nil if the networks' bound does not count it.
    func opened(_ connection: Connection, from network: ClientAddress.Network?) -> Place {
        let entry = Entry(connection: connection, network: network)
        let place: Place
        if let free = vacant.popLast() {
            place = free
            entries[place] = entry
        } else {
            place = entries.count
            entries.append(entry)
        }
        waits(place)
        return place
    }

    func closed(_ place: Place) {
        leave(place)
        entries[place] = Entry()
        vacant.append(place)
    }

    /// Its last answer has left.
    func waits(_ place: Place) {
        leave(place)
        let row = row(of: place)
        entries[place].isWaiting = true
        entries[place].longer = rows[row].shortest
        if let shortest = rows[row].shortest { entries[shortest].shorter = place } else { rows[row].longest = place }
        rows[row].shortest = place
    }

    /// It has a request.
    func began(_ place: Place) {
        leave(place)
        entries[place].hasAsked = true
    }

    /// The connection that is to make room; nil if none waits. Of those that have never sent a request, or else of the
    /// others, the one that has waited longest.
    ///
    /// - Parameter network: only of this network; nil for any. A network at its bound has a good part of all
    ///   connections, so that the search for one of them is short.
    func longestWaiting(from network: ClientAddress.Network? = nil) -> Connection? {
        for row in rows {
            var place = row.longest
            while let candidate = place {
                if network == nil || entries[candidate].network == network { return entries[candidate].connection }
                place = entries[candidate].shorter
            }
        }
        return nil
    }

    private func row(of place: Place) -> Int { entries[place].hasAsked ? 1 : 0 }

    private func leave(_ place: Place) {
        guard entries[place].isWaiting else { return }
        let (row, longer, shorter) = (row(of: place), entries[place].longer, entries[place].shorter)
        if let longer { entries[longer].shorter = shorter } else { rows[row].longest = shorter }
        if let shorter { entries[shorter].longer = longer } else { rows[row].shortest = longer }
        entries[place].isWaiting = false
        entries[place].longer = nil
        entries[place].shorter = nil
    }
}
