// The connections of an event loop that wait for a request, in the order in which they began to wait. When there are
// too many connections, the one that has waited longest makes room for a new one.

/// An order of places. It belongs to its event loop; a request costs it two steps without an allocation.
final class IdleConnections<Connection> {
    /// Where a connection stands, from its opening to its end.
    typealias Place = Int

    private struct Entry {
        var connection: Connection?
        var network: ClientAddress.Network?
        var isWaiting = false
        var longer: Place?
        var shorter: Place?
    }

    private var entries: [Entry] = []
    private var vacant: [Place] = []
    private var longest: Place?
    private var shortest: Place?

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
        began(place)
        entries[place] = Entry()
        vacant.append(place)
    }

    /// Its last answer has left.
    func waits(_ place: Place) {
        began(place)
        entries[place].isWaiting = true
        entries[place].longer = shortest
        if let shortest { entries[shortest].shorter = place } else { longest = place }
        shortest = place
    }

    /// It has a request, or is about to close.
    func began(_ place: Place) {
        guard entries[place].isWaiting else { return }
        let (longer, shorter) = (entries[place].longer, entries[place].shorter)
        if let longer { entries[longer].shorter = shorter } else { longest = shorter }
        if let shorter { entries[shorter].longer = longer } else { shortest = longer }
        entries[place].isWaiting = false
        entries[place].longer = nil
        entries[place].shorter = nil
    }

    /// The connection that has waited longest; nil if none waits.
    ///
    /// - Parameter network: only of this network; nil for any. A network at its bound has a good part of all
    ///   connections, so that the search for one of them is short.
    func longestWaiting(from network: ClientAddress.Network? = nil) -> Connection? {
        var place = longest
        while let candidate = place {
            if network == nil || entries[candidate].network == network { return entries[candidate].connection }
            place = entries[candidate].shorter
        }
        return nil
    }
}
