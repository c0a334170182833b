// The life of a session.
//
//   resolving ──► connecting ──► settingUp ──► ready ──► preparing ──► running ──► ready
//    (a name)     (PQconnectPoll)                │ (first use of a name)  ▲
//                                                ├────────────────────────┤
//                                                └──► running (COPY) ──► copying ◄──► flushing
//                                                                           └──► running ──► ready
//
//   any ──► closed: an error of the connection, a deadline, a cancelled task, a shutdown. Never from closed to another.

enum SessionPhase {
    case resolving
    case connecting
    case settingUp
    case ready
    case preparing
    case running
    case copying
    case flushing
    case closed

    /// Whether the connection is as its callers need it, and the server has not lost it.
    var isOpen: Bool {
        switch self {
        case .resolving, .connecting, .settingUp, .closed: false
        case .ready, .preparing, .running, .copying, .flushing: true
        }
    }
}
