// The timelines of servers that this process has seen. Each promotion of a standby begins a new one, so a primary on a
// lower timeline than one that was seen is a former primary: what it acknowledges is lost.

/// Where a session's server stands.
struct ServerOrigin: Equatable, Sendable {
    /// The same for a primary and its standbys.
    let systemIdentifier: String
    let timeline: Int
}

struct Timelines {
    enum Standing {
        case known
        /// The first of its timeline: sessions of lower ones are to be closed.
        case newer
        case former(highest: Int)
    }

    private var highest: [String: Int] = [:]

    mutating func standing(of origin: ServerOrigin) -> Standing {
        guard let seen = highest[origin.systemIdentifier] else {
            highest[origin.systemIdentifier] = origin.timeline
            return .known
        }
        if origin.timeline < seen { return .former(highest: seen) }
        highest[origin.systemIdentifier] = origin.timeline
        return origin.timeline > seen ? .newer : .known
    }
}
