// The life of a session.
//
//   resolving ──► connecting ──► ready ──► preparing ──► running ──► ready
//    (a name)     (PQconnectPoll)  │ (first use of a name)  ▲
//                                  ├────────────────────────┤
//                                  └──► running (COPY) ──► copying ◄──► flushing
//                                                             └──► running ──► ready
//
//   any ──► closed: an error of the connection, a deadline, a cancelled task, a shutdown. Never from closed to another.

enum SessionPhase {
    case resolving
    case connecting
    case ready
    case preparing
    case running
    case copying
    case flushing
    case closed

    /// Whether the server has accepted the connection and has not lost it.
    var isOpen: Bool {
        switch self {
        case .resolving, .connecting, .closed: false
        case .ready, .preparing, .running, .copying, .flushing: true
        }
    }
}
