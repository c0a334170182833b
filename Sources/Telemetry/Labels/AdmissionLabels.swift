// The labels of the admission family: whose request it is, and what makes it wait.

/// What a request is for. An overloaded service sheds the last class first, and the first two never.
public enum RequestClass: String, LabelValue {
    /// Probes, scrapes and operators.
    case operations
    /// Who holds units: purchases, cancellations, orders.
    case holder
    case checkout
    /// Who waits for its turn.
    case room
    /// Who looks around.
    case catalogue
    /// Who asks for what there is not.
    case stranger

    public static let labelName = "class"
    public var folded: RequestClass { .stranger }

    /// The classes that can be shed.
    static let shed: [RequestClass] = [.checkout, .room, .catalogue, .stranger]
}

/// What requests wait in.
public enum WaitingQueue: String, LabelValue {
    /// The sockets of an event loop, while it is at its tasks.
    case loop
    /// The batches of the ledger.
    case ledger

    public static let labelName = "queue"
}
